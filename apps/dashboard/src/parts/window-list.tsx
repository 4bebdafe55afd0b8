import { type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Number of rows that are drawn above and below the visible ones. */
const MARGIN_ROWS = 10;

/**
 * List whose rows all have the same height. Only those near the visible part of the page are in the document,
 * so that thousands of rows cost no more than a screenful.
 */
export function WindowList<Item>({
  items,
  label,
  keyOf,
  renderRow,
  next,
  onEnd,
}: {
  readonly items: readonly Item[];
  readonly label: string;
  readonly keyOf: (item: Item) => string;
  readonly renderRow: (item: Item) => JSX.Element;
  /** Names the next part of a list that is read in parts; undefined if there is none. */
  readonly next?: string | undefined;
  /** Called when the last row is near, once for each part of the list. */
  readonly onEnd?: () => void;
}): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const [view, setView] = useState({ first: 0, last: 40, rowHeight: 0 });
  useEffect(() => {
    const measure = (): void => {
      const element = list.current;
      const row = element?.querySelector('li[data-row]');
      if (!element || !row) {
        // A search may have no match in the parts that have been read.
        onEnd?.();
        return;
      }
      const rowHeight = row.getBoundingClientRect().height;
      const above = -element.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(above / rowHeight) - MARGIN_ROWS);
      const last = Math.ceil((above + innerHeight) / rowHeight) + MARGIN_ROWS;
      setView((before) =>
        before.first === first && before.last === last && before.rowHeight === rowHeight
          ? before
          : { first, last, rowHeight },
      );
      if (last >= items.length) {
        onEnd?.();
      }
    };
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, [items.length, next, onEnd]);
  const first = Math.max(0, Math.min(view.first, items.length - 1));
  const last = Math.max(view.last, first + 1);
  const shown = items.slice(first, last);
  const below = Math.max(0, items.length - first - shown.length);
  return (
    <ul class="rows" aria-label={label} ref={list}>
      {first > 0 && (
        <li aria-hidden="true" class="space" style={{ height: `${first * view.rowHeight}px` }} />
      )}
      {shown.map((item, index) => (
        <li
          key={keyOf(item)}
          data-row
          aria-setsize={items.length}
          aria-posinset={first + index + 1}
        >
          {renderRow(item)}
        </li>
      ))}
      {below > 0 && (
        <li aria-hidden="true" class="space" style={{ height: `${below * view.rowHeight}px` }} />
      )}
    </ul>
  );
}
