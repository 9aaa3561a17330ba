const KEPT_AS = "ioc-wall-token";

/**
 * A wall's revocable token. It comes once as `/wall#token=…`, is kept on this machine and taken out of the address
 * at once; the part after # never reaches a server's log.
 */
export function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    localStorage.setItem(KEPT_AS, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return localStorage.getItem(KEPT_AS);
}
