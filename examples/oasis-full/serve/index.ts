export { type SearchServer, startSearchServer } from './search-server.js';
