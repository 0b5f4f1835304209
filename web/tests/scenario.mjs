// A scenario for tools that look at a workspace with something in it.

import { setTimeout as pause } from 'node:timers/promises';

export const SCENARIO = 'customer_intelligence';
/** Minutes within which it is set up, by a debug build on a busy machine. */
const PATIENCE = 10;

/** Sets it up, and waits until it is ready. */
export async function setUp(server) {
  await server.api(
    'mutation($id: ID!) { setupScenario(input: { scenarioId: $id }) { scenario { id } } }',
    { id: SCENARIO },
  );
  for (const until = Date.now() + PATIENCE * 60_000; ; await pause(1_000)) {
    const { scenario } = await server.api(
      'query($id: ID!) { scenario(id: $id) { status steps { name status detail } } }',
      { id: SCENARIO },
    );
    if (scenario.status === 'READY') {
      return;
    }
    if (scenario.status === 'FAILED' || Date.now() > until) {
      throw new Error(`no scenario: ${JSON.stringify(scenario)}`);
    }
  }
}
