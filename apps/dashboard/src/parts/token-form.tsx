import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { gateReason, signIn, tokenRequest, tryToken } from '../live/session.js';
import { Dialog, DialogButtons } from './dialog.js';

/** Field for a token. Browsers do not store it, since it gives full control of the daemon. */
function TokenField({
  label,
  value,
  problem,
  onInput,
}: {
  readonly label: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onInput: (text: string) => void;
}): JSX.Element {
  return (
    <>
      <label class="field">
        {label}
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          autofocus
          value={value}
          aria-invalid={problem !== undefined}
          aria-describedby="token-problem"
          onInput={(event) => {
            onInput(event.currentTarget.value);
          }}
        />
      </label>
      <p id="token-problem" class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}

/** Page that asks for a token before anything is shown. */
export function SignIn(): JSX.Element {
  const [text, setText] = useState('');
  const [isBusy, setBusy] = useState(false);
  return (
    <main class="sign-in" id="main" tabIndex={-1}>
      <h1>pxeboot</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void signIn(text.trim()).finally(() => {
            setBusy(false);
          });
        }}
      >
        <TokenField label="Token" value={text} problem={gateReason.value} onInput={setText} />
        <p class="note">
          The value of <code>admin.token</code>, or of <code>admin.readToken</code> for reading
          only. It is forgotten when this tab is closed.
        </p>
        <div class="buttons">
          <button type="submit" class="primary" disabled={isBusy}>
            Sign in
          </button>
        </div>
      </form>
    </main>
  );
}

/** Dialog that asks for the full token before the first change. */
export function TokenDialog(): JSX.Element | null {
  const answer = tokenRequest.value;
  return answer === undefined ? null : <OpenTokenDialog answer={answer} />;
}

function OpenTokenDialog({
  answer,
}: {
  readonly answer: (bearer: string | undefined) => void;
}): JSX.Element {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const close = (): void => {
    answer(undefined);
  };
  const submit = async (): Promise<void> => {
    setBusy(true);
    const bearer = text.trim();
    const refusal = await tryToken(bearer);
    setBusy(false);
    setProblem(refusal);
    if (refusal === undefined) {
      answer(bearer);
    }
  };
  return (
    <Dialog title="This needs the full token" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TokenField label="Value of admin.token" value={text} problem={problem} onInput={setText} />
        <p class="note">The Settings page shows where it is set on the server.</p>
        <DialogButtons action="Continue" isBusy={isBusy} onClose={close} />
      </form>
    </Dialog>
  );
}
