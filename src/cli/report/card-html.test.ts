import { expect, it } from 'vitest';
import { cardHtml } from './card-html.js';

const CARD = `### Training Dataset

512 rows.

Samples:

| anchor | label |
| --- | --- |
| &#60;script&#62; a &#124; b |  |

### Loss

\`\`\`json
{ "scale": "<1>" }
\`\`\`

### Training Hyperparameters

- \`maxSteps\`: 30
- Node.js: 20

### Training Logs

| epoch | step |
| --- | --- |
| 1 | 2 |

The bold row is the best model.

### Training Time

31.4 seconds`;

it('turns headings, tables, code and lists of a card into HTML, without the logs', () => {
  const html = cardHtml(CARD);
  expect([...html.matchAll(/<h3>([^<]+)</g)].map(([, name]) => name)).toEqual([
    'Training Dataset',
    'Loss',
    'Training Hyperparameters',
    'Training Time',
  ]);
  expect(html).toContain('<caption>Samples</caption>');
  expect(html).toContain('&lt;script&gt; a | b');
  expect(html.match(/<td>/g)).toHaveLength(1);
  expect(html).toContain('{ &quot;scale&quot;: &quot;&lt;1&gt;&quot; }</pre>');
  expect(html).toContain('<li><code>maxSteps</code>: 30</li><li>Node.js: 20</li>');
  expect(html).toContain('<p>512 rows.</p>');
  expect(html).not.toMatch(/<script|Samples:|bold row|```|\| ---/);
});
