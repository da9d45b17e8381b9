// Undo and redo. The address is the truth; the trail remembers which
// addresses there were, so that going back through the browser counts too.

export interface Trail {
  entries: readonly string[];
  at: number;
}

const most = 100;

/** The trail after the address became `now`: a step back, a step forward, or a new end. */
export function visit(trail: Trail, now: string): Trail {
  if (trail.entries[trail.at] === now) return trail;
  if (trail.at > 0 && trail.entries[trail.at - 1] === now) return { ...trail, at: trail.at - 1 };
  if (trail.entries[trail.at + 1] === now) return { ...trail, at: trail.at + 1 };
  const entries = [...trail.entries.slice(0, trail.at + 1), now].slice(-most);
  return { entries, at: entries.length - 1 };
}
