"""The frame stands before anything is opened; what cannot be opened ends the desk with its reason."""

import asyncio

from kefu_tui.domain.errors import StoreError
from kefu_tui.services.bundle import Services
from kefu_tui.tui.app import KefuApp
from kefu_tui.tui.screens.desk import DeskScreen
from tests.tui.conftest import World


def painted(app: KefuApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_the_frame_is_painted_while_the_store_is_still_being_read(world: World) -> None:
    go_on = asyncio.Event()

    async def opening() -> Services:
        await go_on.wait()
        return world.services()

    app = KefuApp(opening=opening)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        assert "kefu …" in painted(app)
        assert not isinstance(app.screen, DeskScreen)
        await pilot.press("j", "r", "/")  # nobody listens yet, and nothing breaks
        go_on.set()
        while not isinstance(app.screen, DeskScreen):
            await pilot.pause(0.01)
        await pilot.pause()
        assert "kefu" in painted(app)


async def test_what_cannot_be_opened_is_the_reason_the_desk_ends(world: World) -> None:
    async def opening() -> Services:
        raise StoreError("in use by process {pid}", pid=7)

    app = KefuApp(opening=opening)
    async with app.run_test() as pilot:
        while app.failure is None:
            await pilot.pause(0.01)

    assert str(app.failure) == "in use by process 7"
    assert app.return_code == 3


async def test_leaving_while_it_opens_is_possible(world: World) -> None:
    async def opening() -> Services:
        await asyncio.Event().wait()
        raise AssertionError

    app = KefuApp(opening=opening)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+q")
    assert app.return_code == 0
