"""`kefu` alone: the desk on the screen, and what is printed where nobody looks.

The application comes first and paints; the configuration, the store and everything else load behind it.
"""

import asyncio
from argparse import Namespace
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING

from kefu_tui.commands.context import Context, is_interactive

if TYPE_CHECKING:
    from kefu_tui.services.bundle import Services


def desk(_args: Namespace, context: Context) -> int:
    """Open the desk; where nobody looks, print the feed and today's report."""
    if not is_interactive():
        from kefu_tui.commands.feed import print_desk

        return asyncio.run(print_desk(context))
    if context.config_file is None and not context.paths.config_file.exists():
        context.settings()  # says so, and what to do, without a screen appearing and vanishing
    return asyncio.run(_work(context))


async def _work(context: Context) -> int:
    from kefu_tui.tui.app import KefuApp

    async with AsyncExitStack() as closing:

        async def opening() -> "Services":
            bootstrap = await asyncio.to_thread(import_module, "kefu_tui.bootstrap")
            settings = context.settings()
            bootstrap.check_keys(settings, str(context.paths.config_file))
            opened = bootstrap.open_services(context.paths, settings, context.environ, taught=False)
            services: Services = await closing.enter_async_context(opened)
            return services

        app = KefuApp(opening=opening)
        await app.run_async()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
