import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { asProblem } from '@/shared/api/problem'
import { useText } from '@/shared/i18n'
import { Fires } from './Fires'
import classes from './Preview.module.css'
import { scheduleQueries, type Times } from './queries'

const TYPING_MS = 300

/** When something would be due, in words and as the next fires, as one types. */
export function Preview({ times }: { times: Times }) {
  const { told } = useText()
  const [asked] = useDebouncedValue(times, TYPING_MS)
  const { data, isError, error } = useQuery(scheduleQueries.preview(asked))
  if (isError) return <p className={classes.fault}>{asProblem(error).detail}</p>
  return (
    <div aria-live="polite">
      <p className={classes.words}>{data && told(data)}</p>
      <Fires fires={data?.fires ?? []} />
    </div>
  )
}
