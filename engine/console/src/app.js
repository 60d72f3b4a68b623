// GraphiQL over the endpoint beside it. The token stays in this tab and leaves it only as a header.
"use strict";

const tokenField = document.getElementById("token");
const viewer = document.getElementById("viewer");
let token = sessionStorage.getItem("token") ?? "";
tokenField.value = token;

const authorization = () => (token ? { authorization: `Bearer ${token}` } : {});

async function post(body) {
  const headers = { "content-type": "application/json", ...authorization() };
  const response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

const socket = graphqlWs.createClient({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
  lazy: true,
  connectionParams: authorization,
});

const isSubscription = (body) => /^\s*subscription\b/m.test(body.query);

function fetcher(body) {
  return isSubscription(body) ? socket.iterate(body) : post(body);
}

async function showViewer() {
  const answer = await post({ query: "{ viewer { id roles division } }" });
  const found = answer.data?.viewer;
  viewer.textContent = found ? `${found.id} · ${found.roles.join(", ")}` : "—";
}

const example = `# 令牌 · Token: cargo xtask demo prints one for each sample role.
{
  viewer { id roles }
  userTasks(first: 10) { nodes { id name state } }
}
`;

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const render = () =>
  root.render(React.createElement(GraphiQL, { key: token, fetcher, defaultQuery: example, shouldPersistHeaders: false }));

document.getElementById("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  token = tokenField.value.trim();
  sessionStorage.setItem("token", token);
  showViewer();
  render();
});

showViewer();
render();
