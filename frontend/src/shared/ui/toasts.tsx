import { Notification } from '@mantine/core'
import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from 'react'
import { useText } from '@/shared/i18n'
import { inWords } from './ErrorPanel'
import classes from './toasts.module.css'

interface Toast {
  id: number
  title: string
  detail?: string
  isError: boolean
}

interface Tell {
  /** Say that an action failed, with the service's words. */
  failed: (error: unknown) => void
  /** Say that something was done. */
  done: (title: string, detail?: string) => void
}

const SECONDS = 6
const ERROR_SECONDS = 20
const MOST = 4
const Context = createContext<Tell | null>(null)

/** Return what tells people of the outcome of their actions. */
export function useTell(): Tell {
  const tell = use(Context)
  if (tell === null) throw new Error('useTell is for what is inside of Toasts')
  return tell
}

export function Toasts({ children }: { children: ReactNode }) {
  const { t } = useText()
  const [toasts, setToasts] = useState<Toast[]>([])
  const next = useRef(0)
  const drop = useCallback((id: number) => {
    setToasts((there) => there.filter((one) => one.id !== id))
  }, [])
  const add = useCallback(
    (toast: Omit<Toast, 'id'>) => {
      const id = next.current++
      setToasts((there) => [...there, { ...toast, id }].slice(-MOST))
      setTimeout(() => drop(id), (toast.isError ? ERROR_SECONDS : SECONDS) * 1000)
    },
    [drop],
  )
  const tell = useMemo<Tell>(
    () => ({
      failed: (error) => add({ ...inWords(error, t), isError: true }),
      done: (title, detail) => add({ title, detail, isError: false }),
    }),
    [add, t],
  )
  return (
    <Context value={tell}>
      {children}
      <div className={classes.toasts} aria-live="polite">
        {toasts.map((one) => (
          <Notification
            key={one.id}
            title={one.title}
            color={one.isError ? 'red' : 'green'}
            withBorder
            role={one.isError ? 'alert' : 'status'}
            closeButtonProps={{ 'aria-label': t.common.close }}
            onClose={() => drop(one.id)}
          >
            {one.detail}
          </Notification>
        ))}
      </div>
    </Context>
  )
}
