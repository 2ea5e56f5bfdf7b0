import { useEffect, useRef, useState } from 'react'
import { useText } from '@/shared/i18n'
import { Panel } from '@/shared/ui/Panel'
import { Printed } from '@/shared/ui/Printed'
import classes from './Log.module.css'

const MOST_SIGNS = 500_000

/** What the dispatch's program prints, as it comes. */
export function Log({ id }: { id: number }) {
  const { t } = useText()
  const { text, state } = useLog(id)
  const end = useRef<HTMLPreElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: new text is what it scrolls to
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight })
  }, [text])
  return (
    <Panel
      title={t.dispatches.log}
      side={
        state !== 'over' && <span className={classes.state}>{t.dispatches.logStates[state]}</span>
      }
      flush
    >
      <Printed ref={end} isWrapped className={classes.log} role="log" aria-label={t.dispatches.log}>
        {text || t.dispatches.noLog}
      </Printed>
    </Panel>
  )
}

type LogState = 'following' | 'away' | 'over'

function useLog(id: number): { text: string; state: LogState } {
  const [text, setText] = useState('')
  const [state, setState] = useState<LogState>('following')
  useEffect(() => {
    const source = new EventSource(`/dispatches/${id}/log?follow=true`)
    source.addEventListener('open', () => setState('following'))
    source.addEventListener('message', (event) => {
      setText((before) => (before + JSON.parse(event.data)).slice(-MOST_SIGNS))
    })
    source.addEventListener('end', () => {
      setState('over')
      source.close()
    })
    source.addEventListener('error', () => setState('away'))
    return () => source.close()
  }, [id])
  return { text, state }
}
