"""What a server repeats in a connection test stays out of its report."""

from __future__ import annotations

from openai_compatible import Provider
from openai_compatible.probe.connection import check
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

from .test_echoes import HEADER, KEY, QUERY, remains


def test_no_stage_of_a_connection_test_shows_what_the_server_repeats() -> None:
    def listing(seen: Seen) -> Reply:
        if seen.path.endswith("/models"):
            return json_reply(
                {"data": [{"id": f"{name}{number}"} for name in (KEY, HEADER) for number in "ab"]}
            )
        return json_reply({"error": {"message": f"{QUERY} {KEY}"}}, 400)

    def refusing(seen: Seen) -> Reply:
        return json_reply(
            {"error": {"message": "." * 100 + KEY}}, 401, {"www-authenticate": f"{KEY} {KEY}"}
        )

    def page(seen: Seen) -> Reply:
        return Reply(200, {"content-type": KEY}, f"<title>{'.' * 50}{KEY}</title>".encode())

    def nonsense(seen: Seen) -> Reply:
        return Reply(body=[f"{KEY} {HEADER}\r\n\r\n".encode()], framing="raw")

    for app in (listing, refusing, page, nonsense):
        with loopback(app) as server:
            lab = Provider(
                name="lab",
                base_url=server.base_url,
                api_key=KEY,
                headers={"X-Own": HEADER},
                query={"own": QUERY},
            )
            report = check(lab, "m")
        assert not report.ok
        assert remains(f"{report.stages} {report.curl}") == []
