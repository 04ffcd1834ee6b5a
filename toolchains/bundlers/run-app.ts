import { main } from "./app.js";

void main().then((said) => console.log(JSON.stringify(said)));
