import { card, type Layout } from "./layout";
import type { View } from "./viewport";
import styles from "./tree.module.css";

const width = 140;

/** Where one is in a tree that does not fit; absent when it does. A press moves there. */
export function MiniMap({ plan, view, size, onMove }: { plan: Layout; view: View; size: { width: number; height: number }; onMove: (x: number, y: number) => void }) {
  if (size.width === 0 || (plan.width * view.zoom <= size.width && plan.height * view.zoom <= size.height)) return null;
  const k = Math.min(width / plan.width, 90 / plan.height);
  return (
    // What the pointer does here, arrows on the cards do from the keyboard.
    <svg
      className={styles["mini"]}
      width={plan.width * k}
      height={plan.height * k}
      aria-hidden="true"
      onPointerDown={(e) => {
        const edge = e.currentTarget.getBoundingClientRect();
        onMove(size.width / 2 - ((e.clientX - edge.left) / k) * view.zoom, size.height / 2 - ((e.clientY - edge.top) / k) * view.zoom);
      }}
    >
      {[...plan.placed.values()].map((p) => (
        <rect key={p.key} x={p.x * k} y={p.y * k} width={card.width * k} height={p.height * k} rx={1} />
      ))}
      <rect className={styles["miniView"]} x={(-view.x / view.zoom) * k} y={(-view.y / view.zoom) * k} width={(size.width / view.zoom) * k} height={(size.height / view.zoom) * k} />
    </svg>
  );
}
