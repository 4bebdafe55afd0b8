import { type ComponentChildren, type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { Dialog, DialogButtons } from './dialog.js';
import { Problem } from './problem.js';
import { useAction } from './use-action.js';

/**
 * Dialog for an action that cannot be undone: its button is enabled only once the user has typed the name.
 */
export function ConfirmName({
  title,
  name,
  action,
  children,
  onConfirm,
  onClose,
}: {
  readonly title: string;
  readonly name: string;
  readonly action: string;
  readonly children: ComponentChildren;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const [typed, setTyped] = useState('');
  const confirm = useAction(onConfirm);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm.run();
        }}
      >
        {children}
        <label class="field">
          Type {name} to confirm
          <input
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
            }}
          />
        </label>
        <Problem text={confirm.problem} />
        <DialogButtons
          action={action}
          isDangerous
          isBusy={confirm.isBusy}
          isDisabled={typed !== name}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
