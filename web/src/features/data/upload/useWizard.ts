import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError } from "@/api/client";
import { refreshAll } from "@/api/hooks";
import type { FileFormat } from "@/api/types";
import { detect, dropUpload, loadOf, loadsOf, startLoad } from "../hooks";
import type { Detection, Load, LoadMode, Upload } from "../types";
import { sendFile } from "../upload";
import { draftOf, redraft, requestOf, type Draft } from "./draft";

export interface Item {
  id: number;
  file: File;
  phase: "uploading" | "detecting" | "ready" | "loading" | "done";
  /** 0 to 1, while uploading. */
  sent: number;
  upload?: Upload;
  /** What was changed of how the file is read; the rest is detected. */
  overrides: FileFormat;
  detection?: Detection;
  draft?: Draft;
  load?: Load;
  /** The dataset was defined by an earlier try. */
  defined?: boolean;
  error?: unknown;
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** How the last file came into a dataset, apart from the first one, which had nothing to replace. */
async function lastMode(dataset: string): Promise<LoadMode | ""> {
  const loads = (await loadsOf(dataset)).filter((l) => l.state === "done");
  const modes = loads.map((l) => l.mode).filter((m): m is LoadMode => m === "append" || m === "upsert" || m === "replace");
  return modes.length > 1 ? (modes[0] ?? "") : "";
}

/** Files on their way from the person's disk into datasets. */
export function useWizard(target: string, zone: string, taken: readonly string[]) {
  const { i18n } = useTranslation();
  const client = useQueryClient();
  const [items, setItems] = useState<Item[]>([]);
  const now = useRef(items);
  useEffect(() => {
    now.current = items;
  }, [items]);
  const next = useRef(1);
  const aborts = useRef(new Map<number, AbortController>());
  const left = useRef(false);

  const patch = useCallback((id: number, change: Partial<Item>) => {
    setItems((all) => all.map((item) => (item.id === id ? { ...item, ...change } : item)));
  }, []);

  useEffect(() => {
    left.current = false;
    const running = aborts.current;
    return () => {
      left.current = true;
      for (const abort of running.values()) abort.abort();
      // What was sent but not loaded is of no use to anybody.
      for (const item of now.current) if (item.upload !== undefined && (item.phase === "ready" || item.phase === "detecting")) void dropUpload(item.upload.id).catch(() => undefined);
    };
  }, []);

  const look = useCallback(
    async (id: number, upload: Upload, overrides: FileFormat, into: string) => {
      patch(id, { phase: "detecting", error: undefined, overrides });
      try {
        const [detection, mode] = await Promise.all([detect(upload.id, overrides, into || undefined), into === "" ? ("" as const) : lastMode(into)]);
        const keyed = into !== "" && (detection.spec?.primaryKey ?? []).length > 0;
        const others = now.current.filter((item) => item.id !== id && item.draft?.target === "").map((item) => item.draft?.name ?? "");
        const fresh = draftOf(detection, upload.name, zone, [...taken, ...others, "upload"]);
        const before = now.current.find((item) => item.id === id)?.draft;
        patch(id, { phase: "ready", detection, draft: { ...redraft(before, fresh), mode: (before?.target === into ? before.mode : "") || mode || (keyed ? "upsert" : "") } });
      } catch (error) {
        patch(id, { phase: "ready", error });
      }
    },
    [patch, taken, zone],
  );

  const add = async (files: readonly File[]) => {
    const added = files.map((file): Item => ({ id: next.current++, file, phase: "uploading", sent: 0, overrides: {} }));
    setItems((all) => [...all, ...added]);
    now.current = [...now.current, ...added];
    // One after the other: each gets the whole line, and names do not meet.
    for (const { id, file } of added) {
      if (left.current || !now.current.some((item) => item.id === id)) continue;
      const abort = new AbortController();
      aborts.current.set(id, abort);
      try {
        const upload = await sendFile(file, i18n.language, abort.signal, (sent) => patch(id, { sent }));
        patch(id, { upload, sent: 1 });
        await look(id, upload, {}, target);
      } catch (error) {
        if (!abort.signal.aborted) patch(id, { phase: "ready", error });
      } finally {
        aborts.current.delete(id);
      }
    }
  };

  const remove = (item: Item) => {
    aborts.current.get(item.id)?.abort();
    if (item.upload !== undefined && item.phase !== "done") void dropUpload(item.upload.id).catch(() => undefined);
    setItems((all) => all.filter((other) => other.id !== item.id));
  };

  const follow = async (id: number, load: Load) => {
    let seen = load;
    for (let failures = 0; seen.state === "running" && !left.current; ) {
      await wait(600);
      try {
        seen = await loadOf(seen.id);
        failures = 0;
        patch(id, { load: seen });
      } catch (error) {
        // The server may be away for a moment; the load goes on without us.
        if (!(error instanceof ApiError && error.code === "unreachable") || ++failures > 20) throw error;
      }
    }
    return seen;
  };

  const run = async (item: Item) => {
    const { id, upload, draft, detection } = item;
    if (upload === undefined || draft === undefined || detection === undefined) return;
    patch(id, { phase: "loading", error: undefined, load: undefined });
    try {
      const request = requestOf(upload.id, draft, detection);
      let defined = item.defined ?? false;
      if (defined && request.create !== undefined) {
        await api("PUT", `/datasets/${encodeURIComponent(request.dataset)}`, { body: request.create });
        request.create = undefined;
      }
      const started = await startLoad(request);
      defined ||= request.create !== undefined;
      patch(id, { load: started, defined });
      const ended = await follow(id, started);
      patch(id, { load: ended, phase: ended.state === "done" ? "done" : "ready" });
    } catch (error) {
      patch(id, { phase: "ready", error });
    }
  };

  const loadAll = async (which: readonly Item[]) => {
    await Promise.all(which.map(run));
    await refreshAll(client);
  };

  return {
    items,
    add,
    remove,
    loadAll,
    edit: (id: number, change: (draft: Draft) => Draft) => setItems((all) => all.map((item) => (item.id === id && item.draft !== undefined ? { ...item, draft: change(item.draft) } : item))),
    /** Reads the file again, differently or for another dataset. */
    reread: (item: Item, overrides: FileFormat, into: string) => (item.upload === undefined ? Promise.resolve() : look(item.id, item.upload, overrides, into)),
  };
}
