import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useText } from '@/shared/i18n'
import { Exact, Moment } from '@/shared/time/Moment'
import { StateBadge } from '@/shared/ui/State'
import classes from './DispatchList.module.css'
import type { Brief } from './queries'
import { secondsOf } from './stages'
import { hrefOf, useOpen } from './useOpen'

const ROW_PIXELS = 41
const BEYOND = 6
/** This many rows before the end of what is loaded, more is asked for. */
const AHEAD = 40

interface Props {
  dispatches: readonly Brief[]
  hasMore: boolean
  isLoading: boolean
  onMore: () => void
}

/** Dispatches, the newest first: however many they are, only those that are seen are in the page. */
export function DispatchList({ dispatches, hasMore, isLoading, onMore }: Props) {
  const { t } = useText()
  const list = useRef<HTMLUListElement>(null)
  const top = useTop(list)
  const open = useOpen()
  const rows = useWindowVirtualizer({
    count: dispatches.length,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => dispatches[index]?.id ?? index,
    overscan: BEYOND,
    scrollMargin: top,
    // Drawn with the next frame: at once, each event of a fast scroll would wait for it.
    useFlushSync: false,
  })
  const seen = rows.getVirtualItems()
  const last = seen.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && !isLoading && last >= dispatches.length - AHEAD) onMore()
  }, [hasMore, isLoading, last, dispatches.length, onMore])
  return (
    <>
      <div className={classes.head} aria-hidden="true">
        <span>#</span>
        <span>{t.dispatches.schedule}</span>
        <span>{t.dispatches.state}</span>
        <span>{t.dispatches.slot}</span>
        <span className={classes.number}>{t.dispatches.rows}</span>
        <span className={classes.number}>{t.dispatches.took}</span>
        <span className={classes.number}>{t.dispatches.ended}</span>
      </div>
      <ul ref={list} className={classes.list} style={{ height: rows.getTotalSize() }}>
        {seen.map(({ index, key, start }) => {
          const one = dispatches[index]
          return (
            one && (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                style={{ transform: `translateY(${start - top}px)` }}
              >
                <Row dispatch={one} open={open} />
              </li>
            )
          )
        })}
      </ul>
    </>
  )
}

/** Return where the list begins in the page: what stands above it may grow. */
function useTop(list: { current: HTMLElement | null }): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const look = () =>
      setTop(Math.round((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY))
    const watch = new ResizeObserver(look)
    watch.observe(document.body)
    look()
    return () => watch.disconnect()
  }, [list])
  return top
}

interface RowProps {
  dispatch: Brief
  open: ReturnType<typeof useOpen>
}

/** It is drawn anew when its dispatch is another one, not at each movement of the list. */
const Row = memo(function Row({ dispatch, open }: RowProps) {
  const { t, number, took, short } = useText()
  const { id, schedule, kind, state, slot, error, finished_at: end } = dispatch
  const seconds = secondsOf(dispatch)
  // Of a dry run they are those that were predicted.
  const { rows_delivered: delivered, rows_inferred: inferred } = dispatch
  const rows = state === 'succeeded' ? Math.max(delivered, inferred) : delivered
  return (
    <a href={hrefOf(id)} onClick={open} className={classes.row}>
      <span className={classes.id}>{id}</span>
      <span className={classes.name}>
        <strong>{schedule}</strong>
        {kind !== 'scheduled' && <span className={classes.dim}>{t.dispatches.kinds[kind]}</span>}
      </span>
      <span>
        <StateBadge state={state} />
      </span>
      <Exact at={slot} className={classes.slot}>
        {short(slot)}
      </Exact>
      <span className={classes.number}>
        {number(rows)}
        <span className={classes.unit}> {t.dispatches.unit(rows)}</span>
      </span>
      <span className={classes.number}>{seconds === null ? '–' : took(seconds)}</span>
      <span className={classes.number}>{end ? <Moment at={end} /> : '–'}</span>
      {error && <span className={classes.error}>{error}</span>}
    </a>
  )
})
