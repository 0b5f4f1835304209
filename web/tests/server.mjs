// A server of a journey's own: its data folder is thrown away with it, and its port stays when it is started again.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const binary = process.env.DATAWEAVER_TEST_BINARY;
/** Seconds within which it answers, on a busy machine. */
const PATIENCE = 60;

/** None outlives whoever has started it, not even where that is stopped itself. */
const running = new Set();
process.on('exit', () => {
  for (const server of running) {
    server.kill('SIGKILL');
  }
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => process.exit(1));
}

export class Server {
  #folder = mkdtempSync(join(tmpdir(), 'dataweaver-'));
  #process;
  #settings;
  url;

  /** Starts one with an empty workspace on a free port. `settings` are variables of the environment. */
  static async start(settings = {}) {
    const server = new Server();
    server.#settings = settings;
    await server.begin('127.0.0.1:0');
    return server;
  }

  get host() {
    return new URL(this.url).host;
  }

  /** Starts it, again on the address that it had. */
  async begin(address = this.host) {
    assert.ok(binary, 'DATAWEAVER_TEST_BINARY names the program that is looked at');
    const log = openSync(this.#log, 'w');
    const arguments_ = ['--data-dir', join(this.#folder, 'data'), 'serve', '--listen', address];
    this.#process = spawn(binary, arguments_, {
      env: { ...withoutOurs(process.env), ...this.#settings },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running.add(this.#process);
    for (const until = Date.now() + PATIENCE * 1_000; !(await this.#isReady()); ) {
      assert.ok(Date.now() < until && this.#process.exitCode === null, `no server:\n${this.said}`);
      await pause(100);
    }
  }

  /** Ends it as a power cut would. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Ends it, and removes what it kept. */
  async stop() {
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What it has said since it was started. */
  get said() {
    return readFileSync(this.#log, 'utf8');
  }

  /** Sends a request to the API, and refuses errors. */
  async api(query, variables = {}) {
    const answer = await fetch(new URL('/graphql', this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  }

  get #log() {
    return join(this.#folder, 'log');
  }

  async #isReady() {
    this.url ??= /http:\/\/127\.0\.0\.1:\d+/.exec(this.said)?.[0];
    const answer = this.url && (await fetch(new URL('/health/ready', this.url)).catch(() => null));
    return answer?.ok === true;
  }

  async #end(signal) {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill(signal);
      await once(this.#process, 'exit');
    }
    running.delete(this.#process);
  }
}

/** The environment without settings of DataWeaver that whoever runs the tests may have. */
function withoutOurs(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('DATAWEAVER_')),
  );
}
