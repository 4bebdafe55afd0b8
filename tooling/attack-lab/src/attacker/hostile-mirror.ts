/**
 * A mirror on loopback that has one file and answers all other requests with 404. Prints its URL
 * once it is listening.
 *
 *   node hostile-mirror.js PORT PATH FILE
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const [port, path = '', file = ''] = process.argv.slice(2);
const content = await readFile(file);
const server = createServer((request, response) => {
  if (request.url !== `/debian/${path}`) {
    response.writeHead(404, { 'Content-Length': '0' }).end();
    return;
  }
  response.writeHead(200, { 'Content-Length': content.length }).end(content);
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${port ?? ''}/debian`);
});
