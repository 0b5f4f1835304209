// npm oidc-provider as an authorisation server: PKCE required, short-lived access tokens, refresh tokens that rotate and
// are good once. Behind it a ledger that is read with the tokens, and a page by which the test steers and counts.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { clientId, clientSecret, redirectUris, accessSeconds } = JSON.parse(process.argv[2]);

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

// What the test has set, and what has happened.
const wanted = { denies: false, locked: false, slowMilliseconds: 0 };
const seen = { grants: {}, tokens: [], reads: 0, refusals: 0, grantIds: new Set() };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: redirectUris,
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  cookies: { keys: ['a key of the test'] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  scopes: ['openid', 'offline_access', 'ledger'],
  ttl: { AccessToken: accessSeconds, AuthorizationCode: 60, Grant: 3600, IdToken: 60, Interaction: 600, RefreshToken: 3600, Session: 600 },
});

provider.use(async (ctx, next) => {
  if (ctx.path !== '/token') return next();
  if (wanted.slowMilliseconds) await new Promise((done) => setTimeout(done, wanted.slowMilliseconds));
  await next();
  const grant = ctx.oidc?.params?.grant_type ?? 'none';
  const of = (seen.grants[grant] ??= { good: 0, refused: 0 });
  of[ctx.status === 200 ? 'good' : 'refused'] += 1;
  if (ctx.status === 200) {
    const id = ctx.oidc.entities.Grant?.jti ?? ctx.oidc.entities.AccessToken?.grantId;
    if (id) seen.grantIds.add(id);
    for (const name of ['access_token', 'refresh_token', 'id_token']) if (ctx.body[name]) seen.tokens.push(ctx.body[name]);
  }
});

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (wanted.denies) {
    const result = { error: 'access_denied', error_description: 'Ada said <b>no</b>' };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'ada' } }, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function ledger(request, response) {
  const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const token = bearer && (await provider.AccessToken.find(bearer));
  if (!token || token.isExpired) {
    seen.refusals += 1;
    return answer(response, 401, { error: 'invalid_token' });
  }
  if (wanted.locked) return answer(response, 403, { error: 'the ledger is locked' });
  seen.reads += 1;
  return answer(response, 200, { account: token.accountId, entries: [{ id: 1, amount: 10 }, { id: 2, amount: 20 }] });
}

// What a mail server asks about a token, as Google's tokeninfo endpoint has it.
async function tokeninfo(url, response) {
  const token = await provider.AccessToken.find(url.searchParams.get('access_token') ?? '');
  if (!token || token.isExpired) {
    seen.refusals += 1;
    return answer(response, 401, { error: 'invalid_token' });
  }
  seen.reads += 1;
  return answer(response, 200, { email: `${token.accountId}@example.com` });
}

async function revoke() {
  for (const id of seen.grantIds) {
    await provider.AccessToken.revokeByGrantId(id);
    await provider.RefreshToken.revokeByGrantId(id);
    await (await provider.Grant.find(id))?.destroy();
  }
}

async function forgetAccess() {
  for (const text of seen.tokens) await (await provider.AccessToken.find(text))?.destroy();
}

const handle = provider.callback();
server.on('request', async (request, response) => {
  const url = new URL(request.url, issuer);
  try {
    if (url.pathname.startsWith('/interaction/')) return await interact(request, response);
    if (url.pathname === '/ledger') return await ledger(request, response);
    if (url.pathname === '/tokeninfo') return await tokeninfo(url, response);
    if (url.pathname === '/seen') return answer(response, 200, { ...seen, grantIds: undefined });
    if (url.pathname === '/revoke') return answer(response, 200, (await revoke()) ?? {});
    if (url.pathname === '/forget-access') return answer(response, 200, (await forgetAccess()) ?? {});
    if (url.pathname === '/want') {
      for (const [name, value] of url.searchParams) wanted[name] = JSON.parse(value);
      return answer(response, 200, wanted);
    }
    return handle(request, response);
  } catch (error) {
    console.error(error);
    return answer(response, 500, { error: String(error) });
  }
});
console.log(JSON.stringify({ issuer }));
// It ends with the test that started it.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
