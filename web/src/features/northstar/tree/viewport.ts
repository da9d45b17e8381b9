import { useCallback, useEffect, useRef, useState, type PointerEvent, type RefObject } from "react";

export interface View {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

const smallest = 0.3;
/** Below this nobody reads a card: a tree opens no smaller, and what does not fit is reached by moving, with a small map. */
const readable = 0.85;
const largest = 1.6;
const margin = 24;

/** The zoom in which a drawing opens in a box of this width. */
export function openZoom(boxWidth: number, width: number): number {
  return Math.max(readable, Math.min(1, (boxWidth - 2 * margin) / width));
}

/** The view in which a drawing opens: from the left edge, readable; `anchor` (a height in the drawing) is in the middle when it is too tall. */
export function openView(box: Size, drawing: Size, anchor: number): View {
  const zoom = openZoom(box.width, drawing.width);
  const tall = drawing.height * zoom + 2 * margin > box.height;
  return { zoom, x: margin, y: tall ? Math.min(margin, Math.max(box.height - margin - drawing.height * zoom, box.height / 2 - anchor * zoom)) : (box.height - drawing.height * zoom) / 2 };
}

/** The view in which a drawing is seen as a whole, never enlarged. */
export function wholeView(box: Size, drawing: Size): View {
  const zoom = Math.max(smallest, Math.min(1, (box.width - 2 * margin) / drawing.width, (box.height - 2 * margin) / drawing.height));
  return { zoom, x: Math.max(margin, (box.width - drawing.width * zoom) / 2), y: (box.height - drawing.height * zoom) / 2 };
}

/** Zooms about a point of the box, so that what is under it stays. */
export function zoomAt(view: View, factor: number, at: { x: number; y: number }): View {
  const zoom = Math.max(smallest, Math.min(largest, view.zoom * factor));
  const k = zoom / view.zoom;
  return { zoom, x: at.x - (at.x - view.x) * k, y: at.y - (at.y - view.y) * k };
}

interface Viewport {
  ref: RefObject<HTMLDivElement | null>;
  size: Size;
  view: View;
  setView: (view: View) => void;
  /** Shows the drawing as a whole. */
  fit: () => void;
  zoom: (factor: number) => void;
  /** Moves so that a rectangle of the drawing is inside. */
  reveal: (x: number, y: number, width: number, height: number) => void;
  drag: { onPointerDown: (e: PointerEvent<HTMLDivElement>) => void; onPointerMove: (e: PointerEvent<HTMLDivElement>) => void; onPointerUp: (e: PointerEvent<HTMLDivElement>) => void };
}

/** Pan with the pointer, zoom with buttons, pinch or Ctrl and wheel. */
export function useViewport(width: number, height: number, anchor: number): Viewport {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ x: 24, y: 24, zoom: 1 });
  const grip = useRef<{ id: number; x: number; y: number; view: View } | null>(null);

  const [size, setSize] = useState({ width: 0, height: 0 });
  const open = useCallback(() => {
    const box = ref.current;
    if (box === null) return;
    const now = { width: box.clientWidth, height: box.clientHeight };
    setSize(now);
    setView(openView(now, { width, height }, anchor));
  }, [width, height, anchor]);

  useEffect(() => {
    const box = ref.current;
    if (box === null) return;
    // The observer reports once as soon as it observes: that is the first view.
    const observer = new ResizeObserver(open);
    observer.observe(box);
    return () => observer.disconnect();
  }, [open]);

  useEffect(() => {
    const box = ref.current;
    if (box === null) return;
    // React listens passively to wheels, and the page must not zoom with us.
    const onWheel = (e: WheelEvent) => {
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      const edge = box.getBoundingClientRect();
      setView((now) => zoomAt(now, Math.exp(-e.deltaY * 0.004), { x: e.clientX - edge.left, y: e.clientY - edge.top }));
    };
    box.addEventListener("wheel", onWheel, { passive: false });
    return () => box.removeEventListener("wheel", onWheel);
  }, []);

  return {
    ref,
    size,
    view,
    setView,
    fit: () => setView(wholeView(size, { width, height })),
    zoom: (factor) => {
      const box = ref.current;
      if (box !== null) setView(zoomAt(view, factor, { x: box.clientWidth / 2, y: box.clientHeight / 2 }));
    },
    reveal: (x, y, w, h) => {
      const box = ref.current;
      if (box === null) return;
      setView((now) => {
        const left = x * now.zoom + now.x;
        const top = y * now.zoom + now.y;
        const overRight = left + w * now.zoom - box.clientWidth + 16;
        const overBottom = top + h * now.zoom - box.clientHeight + 16;
        return { ...now, x: now.x - (left < 16 ? left - 16 : Math.max(0, overRight)), y: now.y - (top < 16 ? top - 16 : Math.max(0, overBottom)) };
      });
    },
    drag: {
      onPointerDown: (e) => {
        if (e.target instanceof Element && e.target.closest("button") !== null) return;
        grip.current = { id: e.pointerId, x: e.clientX, y: e.clientY, view };
        e.currentTarget.setPointerCapture(e.pointerId);
      },
      onPointerMove: (e) => {
        const held = grip.current;
        if (held === null || held.id !== e.pointerId) return;
        setView({ ...held.view, x: held.view.x + e.clientX - held.x, y: held.view.y + e.clientY - held.y });
      },
      onPointerUp: () => {
        grip.current = null;
      },
    },
  };
}
