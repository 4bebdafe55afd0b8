/** Maximum number of items in one response. */
export const MAX_PAGE = 500;
