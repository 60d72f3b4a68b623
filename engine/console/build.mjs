// Gathers the built-in pages into dist/, from which the server embeds them. Nothing is fetched at run time.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";

const files = {
  "src/index.html": "index.html",
  "src/app.js": "app.js",
  "src/app.css": "app.css",
  "node_modules/react/umd/react.production.min.js": "react.js",
  "node_modules/react-dom/umd/react-dom.production.min.js": "react-dom.js",
  "node_modules/graphiql/graphiql.min.js": "graphiql.js",
  "node_modules/graphiql/graphiql.min.css": "graphiql.css",
  "node_modules/graphql-ws/umd/graphql-ws.min.js": "graphql-ws.js",
};

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
for (const [source, target] of Object.entries(files)) copyFileSync(source, `dist/${target}`);
console.log(`console: ${Object.keys(files).length} files`);
