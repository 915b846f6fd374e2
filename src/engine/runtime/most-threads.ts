/** More threads help no machine, and to start them takes minutes. */
export const MOST_THREADS = 1024;
