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

/**
 * Chooses an option of the focused list by its first words, with the arrow keys: typed characters count as one word
 * only if the machine is fast.
 */
export async function choose(page: Page, option: string): Promise<void> {
  await page.keyboard.press('Home');
  for (let presses = 0; presses < 40; presses++) {
    const chosen = await page.evaluate(() => {
      const element = document.activeElement;
      return element instanceof HTMLSelectElement ? element.selectedOptions[0]?.text : undefined;
    });
    if (chosen?.startsWith(option) === true) {
      return;
    }
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`the focused list has no option "${option}"`);
}
