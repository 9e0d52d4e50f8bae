// A real provider of identities for tests: oidc-provider, on loopback, with one client. Whoever comes is asked at
// /login/ID; answering with ?account=SUBJECT signs in as that subject, with &amr=otp after a second factor.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, clientId, clientSecret, back] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const provider = new Provider(issuer, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [back], response_types: ["code"] }],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "test" }] },
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => true },
  claims: { openid: ["sub"], amr: null },
  features: { claimsParameter: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
});

async function login(request, response, answers) {
  const account = answers.get("account");
  if (account === null) {
    response.end("who are you?");
    return;
  }
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: account, clientId: params.client_id });
  grant.addOIDCScope("openid");
  grant.addOIDCClaims(["amr"]);
  const amr = answers.has("amr") ? ["pwd", answers.get("amr")] : ["pwd"];
  const result = { login: { accountId: account, amr }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const callback = provider.callback();
createServer((request, response) => {
  const asked = new URL(request.url, issuer);
  if (!asked.pathname.startsWith("/login/")) {
    callback(request, response);
    return;
  }
  login(request, response, asked.searchParams).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
}).listen(Number(port), "127.0.0.1", () => console.log(`ready ${issuer}`));
