"""The portal's password hasher, counting what it computes."""

from typing import ClassVar

from selfcare.accounts.hashers import Argon2


class Counting(Argon2):
    computed: ClassVar[int] = 0

    def encode(self, password: str, salt: str) -> str:
        Counting.computed += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        Counting.computed += 1
        return super().verify(password, encoded)
