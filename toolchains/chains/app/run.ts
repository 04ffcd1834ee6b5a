import { main } from "./app.js";

void main().then((told) => console.log(JSON.stringify(told)));
