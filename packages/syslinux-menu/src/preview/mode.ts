import { type LineEditor } from './line-editor.js';
import { type PasswordBox } from './password-box.js';

/** What the menu program waits for, and what it keeps meanwhile. */
export type Mode =
  | { readonly type: 'hidden' }
  | { readonly type: 'menu' }
  | { readonly type: 'editing'; readonly editor: LineEditor }
  | {
      readonly type: 'password';
      readonly box: PasswordBox;
      readonly expected: string | undefined;
      readonly then: (isRight: boolean) => void;
    }
  | { readonly type: 'ended' };
