"""The steps `key by …`: each way on a connection of its own, and the one that is in use decides."""

from __future__ import annotations

from coinapi_idx_cli.doctor.case import WAYS, Case
from coinapi_idx_cli.doctor.step import Finding, NotTriedError
from coinapi_idx_cli.doctor.talk import Talk
from coinapi_idx_cli.errors import CredentialsError, IdxstreamError


class Keys:
    def __init__(self, case: Case) -> None:
        self._case = case
        self._outcomes: dict[str, str | IdxstreamError] = {}

    def check(self, way: str, without: IdxstreamError | None) -> Finding:
        """`without`: what the server said when it got no key. Raises why the way in use is none."""
        in_use = way == self._case.auth
        if self._case.key.key is None:
            if in_use and without is not None:
                raise CredentialsError(without.what, "set COINAPI_KEY, or --api-key-file")
            raise NotTriedError("there is no key" + ("" if without else ", and the server asks for none so far"))
        outcome = self._outcome(way)
        if isinstance(outcome, str):
            return Finding(outcome)
        if not in_use:
            raise NotTriedError(f"not the way in use, and does not work: {outcome.what}")
        raise self._with_way_out(outcome, way)

    def _with_way_out(self, error: IdxstreamError, way: str) -> IdxstreamError:
        """The others are tried before this one is told."""
        works = [other for other in WAYS if other != way and isinstance(self._outcome(other), str)]
        if works:
            error.hint = f"the server takes this key by {' and by '.join(works)}: use --auth {works[0]}"
        elif isinstance(error, CredentialsError):
            error.hint = "no way works: check the key and its subscription"
        return error

    def _outcome(self, way: str) -> str | IdxstreamError:
        if way not in self._outcomes:
            self._outcomes[way] = self._try(way)
        return self._outcomes[way]

    def _try(self, way: str) -> str | IdxstreamError:
        """What spoke for it, or why not: a server may also say it only after the hello."""
        talk = Talk(self._case.target(way))
        wait_s = self._case.limits.heartbeat_s
        try:
            talk.open()
            alive = talk.listen(wait_s, lambda: talk.heard.is_alive)
        except IdxstreamError as error:
            return error
        finally:
            talk.drop()
        if not alive:
            return f"accepted by the upgrade, and not refused within {wait_s:g} s of the hello"
        return f"accepted: {'a value' if talk.heard.values else 'a heartbeat'} came"
