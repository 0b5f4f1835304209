// npm @slack/web-api, Slack's own client: reads everything that a token shows, page by page, and says what it found.
import { LogLevel, WebClient } from '@slack/web-api';
import { asked, say, url } from './said.mjs';

const client = new WebClient(asked.token, {
  slackApiUrl: `${url}/api/`,
  rejectRateLimitedCalls: asked.rejects ?? false,
  // What it logs less severely goes where we say what was found.
  logLevel: LogLevel.ERROR,
  retryConfig: { retries: 10, minTimeout: 1, maxTimeout: 5 },
});
const limit = asked.limit ?? 7;

/** Everything of a list that goes on by a cursor. */
async function all(method, options, key) {
  const found = [];
  for await (const page of client.paginate(method, { limit, ...options })) found.push(...page[key]);
  return found;
}

try {
  if (asked.call) {
    say(await client.apiCall(asked.call, asked.options));
  } else {
    const auth = await client.auth.test();
    say({ auth: { team: auth.team, user: auth.user, bot: auth.bot_id !== undefined } });
    const users = await all('users.list', {}, 'members');
    say({ users: users.map((user) => user.name).sort() });
    const channels = await all('conversations.list', { types: 'public_channel,private_channel' }, 'channels');
    say({ channels: channels.map((channel) => channel.name).sort() });
    for (const channel of channels) {
      if (asked.only && !asked.only.includes(channel.name)) continue;
      const found = new Set();
      for (const message of await all('conversations.history', { channel: channel.id }, 'messages')) {
        found.add(message.ts);
        if (!message.reply_count) continue;
        const thread = await all('conversations.replies', { channel: channel.id, ts: message.ts }, 'messages');
        for (const reply of thread) found.add(reply.ts);
        if (thread.length !== message.reply_count + 1) say({ wrong: message, thread: thread.length });
      }
      say({ channel: channel.name, found: [...found].sort() });
    }
    const files = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const answer = await client.files.list({ count: limit, page });
      files.push(...answer.files);
      pages = answer.paging.pages;
    }
    say({ files: files.length });
  }
} catch (error) {
  say({ error: error.data ?? { error: error.code ?? String(error) }, retryAfter: error.retryAfter });
}
