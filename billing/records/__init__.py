"""Call records and data usage from carriers' files: taken, checked as a whole, loaded as a whole.

| step | what it does |
| --- | --- |
| `files.take_file` | looks at the headings, keeps the file, refuses the same content a second time |
| `checking.check` | COPY into a table of the file's own, then checks in SQL; counts, and names the first bad lines |
| `loading.load` | one transaction: prices and adds the rows; only a file without a bad line |

Each step can be done again after it was killed anywhere. A file is erased once it is loaded or given up. Late records
go onto the first month whose voice statements are still open.
"""
