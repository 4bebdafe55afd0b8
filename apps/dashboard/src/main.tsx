import { render } from 'preact';

import { App } from './app.js';
import { escapeRenderedText } from './printable-text.js';
import './style/page.css';

escapeRenderedText();
const root = document.getElementById('app');
if (root !== null) {
  render(<App />, root);
}
