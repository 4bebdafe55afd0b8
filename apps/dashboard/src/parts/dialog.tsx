import { type ComponentChildren, type JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

/** Dialog over the page; Escape and its Cancel button close it. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  // A dialog may open another one.
  const titleId = useId();
  const element = useRef<HTMLDialogElement>(null);
  // The browser would forget the opener, since the dialog leaves the page when it closes.
  const opener = useRef(document.activeElement);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener.current instanceof HTMLElement) {
        opener.current.focus();
      }
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

/** Row of buttons at the end of a dialog. */
export function DialogButtons({
  action,
  isDangerous = false,
  isBusy = false,
  isDisabled = false,
  onClose,
}: {
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly onClose: () => void;
}): JSX.Element {
  return (
    <div class="buttons">
      <button type="button" onClick={onClose}>
        Cancel
      </button>
      <button
        type="submit"
        class={isDangerous ? 'danger' : 'primary'}
        disabled={isBusy || isDisabled}
      >
        {action}
      </button>
    </div>
  );
}
