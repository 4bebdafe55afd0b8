import { type Page } from 'playwright-core';

/** Presses Tab until the element with this accessible name has the focus. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = [...(element?.closest('label')?.childNodes ?? [])]
        .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
        .map(({ textContent }) => textContent)
        .join('');
      return (label === '' ? (element?.textContent ?? '') : label).trim();
    });
    if (typeof name === 'string' ? focused === name : name.test(focused)) {
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach "${String(name)}"`);
}
