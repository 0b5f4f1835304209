// Every screen that the dashboard's router knows, with every tab of it and what it says of things that are not there: each in
// both colours and widths, without a word in the console, and accessible.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { matchRoutes } from 'react-router';
import { runnerImport } from 'vite';
import { DESKTOP, isAccessible, PHONE, visit } from './visit.mjs';

const ROUTES = join(import.meta.dirname, '../src/app/routes.tsx');

const LOOKS = [
  ['light', { viewport: DESKTOP, colorScheme: 'light' }],
  ['dark', { viewport: DESKTOP, colorScheme: 'dark' }],
  ['phone', { viewport: PHONE, colorScheme: 'light', hasTouch: true }],
];

/** Visits `screens`, each given by its name, its address and its heading. They have to be all that there are. */
export async function visitEvery(server, screens) {
  await theRouterHasNoOthers(screens);
  const troubles = [];
  const tabs = { offered: new Set(), opened: new Set() };
  for (const [name, path, heading] of screens) {
    for (const [look, options] of LOOKS) {
      const seen = visit(
        server,
        `${name} ${look}`,
        path,
        { ...options, isQuiet: true },
        async (page) => {
          await page.getByRole('heading', { name: heading }).first().waitFor();
          await page.waitForLoadState('networkidle');
          await isAccessible(page, `${name} ${look}`);
          await noteTabs(page, tabs);
        },
      );
      await seen.catch((error) => troubles.push(error.message));
    }
  }
  // All that is wrong at once: each visit takes a while.
  assert.equal(troubles.join('\n'), '', 'screens are as they should be');
  assert.notEqual(tabs.opened.size, 0, 'there are tabs');
  const left = [...tabs.offered].filter((tab) => !tabs.opened.has(tab));
  assert.deepEqual(left, [], 'every tab is opened');
}

/** Compares the addresses with the router's own list: a new screen is visited, too. */
async function theRouterHasNoOthers(screens) {
  const { module } = await runnerImport(ROUTES);
  const known = leavesOf(module.screens).map(({ path }) => path);
  assert.ok(known.includes('/'), `${ROUTES} has the screens`);
  const visited = screens.map(([, address]) => {
    const { pathname } = new URL(address, 'http://localhost');
    return matchRoutes(module.screens, pathname).at(-1).route.path;
  });
  assert.deepEqual([...new Set(visited)].sort(), known.sort(), 'every screen is visited');
}

function leavesOf(routes) {
  return routes.flatMap((route) => (route.children ? leavesOf(route.children) : [route]));
}

/** Which tabs there are to the page, and which of them is open. Those of an answer are in no address. */
async function noteTabs(page, { offered, opened }) {
  const { pathname } = new URL(page.url());
  const tabs = await page
    .getByRole('tab')
    .and(page.locator(':not(article *)'))
    .evaluateAll((all) => all.map((tab) => [tab.textContent, tab.ariaSelected === 'true']));
  for (const [tab, isOpen] of tabs) {
    offered.add(`${pathname}: ${tab}`);
    if (isOpen) {
      opened.add(`${pathname}: ${tab}`);
    }
  }
}
