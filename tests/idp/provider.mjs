// An OpenID provider whose people and whose ways are told by the tests, on a free loopback port.
// Says `listening PORT` once it can be asked. `PUT /-/people` says who there is.

import * as crypto from 'node:crypto';
import * as http from 'node:http';
import Provider, { interactionPolicy } from 'oidc-provider';

let people = {};
const events = [];

function key(kind, options, alg) {
  const { privateKey } = crypto.generateKeyPairSync(kind, options);
  const kid = crypto.randomBytes(8).toString('hex');
  return { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

// Whoever came in by less than a client now asks for signs in again (RFC 9470, 5).
const policy = interactionPolicy.base();
policy.get('login').checks.add(new interactionPolicy.Check(
  'acr_values', 'none of the wanted acr values was reached', 'unmet_authentication_requirements',
  ({ oidc }) => Boolean(oidc.params.acr_values) && !oidc.result?.login
    && !oidc.params.acr_values.split(' ').includes(oidc.acr),
));

const configuration = {
  jwks: {
    keys: [
      key('rsa', { modulusLength: 2048 }, 'RS256'),
      key('ec', { namedCurve: 'P-256' }, 'ES256'),
    ],
  },
  cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
  // Those of `profile` and `email` are told by the userinfo endpoint only.
  claims: {
    openid: ['sub', 'acr', 'amr', 'roles', 'tenant'],
    profile: ['name', 'groups'],
    email: ['email', 'email_verified'],
  },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    backchannelLogout: { enabled: true },
    // An API takes tokens that say for themselves how their owner came in (RFC 9068, 2.2.1).
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'work', accessTokenFormat: 'jwt' }),
    },
  },
  extraTokenClaims: (ctx, token) => {
    const code = ctx.oidc.entities.AuthorizationCode;
    return token.aud && code ? { acr: code.acr, auth_time: code.authTime } : undefined;
  },
  interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  clientBasedCORS: () => false,
  findAccount: (_ctx, id) => people[id] && {
    accountId: id,
    claims: () => ({ sub: id, ...people[id].claims }),
  },
  // Nobody is asked to consent.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile email');
    for (const resource of [ctx.oidc.params?.resource ?? []].flat()) grant.addResourceScope(resource, 'work');
    await grant.save();
    return grant;
  },
  ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 300, Interaction: 600, Session: 3600, Grant: 3600 },
};

const FORM = `<!doctype html><title>Provider</title>
<form method="post"><input name="login" autofocus><input name="password" type="password">
<button>Sign in</button></form>`;
const CODE = FORM.replace('<button>', '<input name="code" autocomplete="one-time-code"><button>');

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function say(response, status, text, type = 'text/html') {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}

async function told(request, response) {
  if (request.url === '/-/people' && request.method === 'PUT') {
    people = JSON.parse(await body(request));
    return say(response, 204, '');
  }
  if (request.url === '/-/events') return say(response, 200, JSON.stringify(events), 'application/json');
  return say(response, 404, '');
}

async function interaction(provider, request, response) {
  if (request.url.endsWith('/abort')) {
    const result = { error: 'access_denied', error_description: 'The person went away' };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  const { uid, params } = await provider.interactionDetails(request, response);
  const wanted = (params.acr_values ?? '').split(' ');
  const asksMore = Object.values(people).some(({ stronger }) => stronger && wanted.includes(stronger.acr));
  if (request.method !== 'POST') {
    return say(response, 200, `${asksMore ? CODE : FORM}<a href="/interaction/${uid}/abort">Cancel</a>`);
  }
  const given = new URLSearchParams(await body(request));
  const person = people[given.get('login')];
  if (!person || person.password !== given.get('password')) return say(response, 403, FORM);
  const shown = person.stronger && wanted.includes(person.stronger.acr) ? person.stronger : person;
  if (shown.code && shown.code !== given.get('code')) return say(response, 403, CODE);
  const login = { accountId: given.get('login'), acr: shown.acr, amr: shown.amr };
  return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
}

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  // By another name than the console's address, so that browsers take it for another site.
  const provider = new Provider(`http://localhost:${port}`, configuration);
  for (const name of ['backchannel.success', 'backchannel.error', 'server_error', 'authorization.error', 'grant.error']) {
    provider.on(name, (_ctx, error) => events.push({ name, error: String(error?.error_description ?? error?.message ?? '') }));
  }
  const answer = provider.callback();
  server.on('request', (request, response) => {
    const path = request.url;
    const done = path.startsWith('/-/') ? told(request, response)
      : path.startsWith('/interaction/') ? interaction(provider, request, response)
        : answer(request, response);
    Promise.resolve(done).catch((error) => say(response, 500, String(error.stack)));
  });
  process.stdout.write(`listening ${port}\n`);
});
// Whoever started it is gone.
process.stdin.resume().on('end', () => process.exit());
