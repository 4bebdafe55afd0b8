/** Maximum number of items in one answer. */
export const MAX_PAGE = 500;
