import { Button, Table, TextInput } from '@mantine/core'
import { asProblem } from '@/shared/api/problem'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconPlay, ShapeCheck, ShapeOctagon, ShapeSlash, ShapeTriangle } from '@/shared/ui/icons'
import type { Tone } from '@/shared/ui/state'
import { Wide } from '@/shared/ui/Wide'
import type { Tried } from './queries'
import classes from './Tryout.module.css'
import type { Trying } from './useTryout'

type Column = Tried['columns'][number]
const LOOKS: Record<Column['fit'], { tone: Tone; shape: typeof ShapeCheck }> = {
  fits: { tone: 'good', shape: ShapeCheck },
  extra: { tone: 'idle', shape: ShapeSlash },
  'unknown category': { tone: 'warn', shape: ShapeTriangle },
  refused: { tone: 'bad', shape: ShapeOctagon },
  missing: { tone: 'bad', shape: ShapeOctagon },
}

/** Tries the query and the model on a few rows, and shows what came of it. */
export function Tryout({ trying }: { trying: Trying }) {
  const { t } = useText()
  const { slot, setSlot, attempt, isReady, isOld, run } = trying
  return (
    <div className={classes.tryout}>
      <div className={classes.ask}>
        <TextInput
          type="datetime-local"
          label={t.tryout.slot}
          description={t.tryout.slotHint}
          value={slot}
          onChange={(event) => setSlot(event.currentTarget.value)}
        />
        <Button
          variant="light"
          leftSection={<IconPlay size={16} />}
          disabled={!isReady}
          loading={attempt.isPending}
          onClick={run}
        >
          {t.tryout.run}
        </Button>
        {!isReady && <span className={classes.dim}>{t.tryout.needs}</span>}
      </div>
      {attempt.isError && <Failed error={attempt.error} />}
      {attempt.data && (
        <div data-old={isOld || undefined} className={classes.found}>
          {isOld && <p className={classes.old}>{t.tryout.old}</p>}
          <Found tried={attempt.data} />
        </div>
      )}
    </div>
  )
}

function Failed({ error }: { error: unknown }) {
  const { t } = useText()
  const { stage } = asProblem(error).facts
  return (
    <div>
      {typeof stage === 'string' && (
        <p className={classes.stage}>{t.tryout.failedIn(t.dispatches.stages[stage] ?? stage)}</p>
      )}
      <ErrorPanel error={error} />
    </div>
  )
}

function Found({ tried }: { tried: Tried }) {
  const { t, short, number } = useText()
  const { columns, rows, slot, parameters, model, version } = tried
  const wrong = columns.filter((one) => one.detail)
  const answered = rows.filter((one) => one.answer).length
  const { window_start: start, window_end: end } = parameters
  return (
    <>
      <p className={classes.told} role="status">
        <strong>{t.tryout.answered(answered, rows.length)}</strong>{' '}
        <span className={classes.dim}>
          {`${model} ${version} · ${t.dispatches.forSlot(short(slot))} · ${start} … ${end}`}
          {` · ${number(tried.collect_seconds + tried.infer_seconds, 2)} s`}
        </span>
      </p>
      {rows.length === 0 && <p className={classes.dim}>{t.tryout.noRows}</p>}
      <ul className={classes.columns}>
        {columns.map((one) => (
          <Chip key={one.name} column={one} />
        ))}
      </ul>
      {wrong.length > 0 && (
        <ul className={classes.wrong}>
          {wrong.map((one) => (
            <li key={one.name} data-tone={LOOKS[one.fit].tone}>
              <strong>{one.name}</strong>: {one.detail}
            </li>
          ))}
        </ul>
      )}
      {rows.length > 0 && <Rows tried={tried} />}
    </>
  )
}

function Chip({ column }: { column: Column }) {
  const { t } = useText()
  const { tone, shape: Shape } = LOOKS[column.fit]
  const { name, found, wanted, is_key: isKey, fit } = column
  const types = fit === 'refused' ? `${found} → ${wanted}` : (wanted ?? found)
  return (
    <li data-tone={tone} className={classes.chip} title={t.tryout.fits[fit]}>
      <Shape size={14} />
      <strong>{name}</strong>
      <span className={classes.type}>
        {isKey ? t.tryout.key : types}
        {fit !== 'fits' && ` · ${t.tryout.fits[fit]}`}
      </span>
    </li>
  )
}

function Rows({ tried }: { tried: Tried }) {
  const { t, number } = useText()
  const given = Object.keys(tried.rows[0]?.values ?? {})
  const answers = Object.keys(tried.rows.find((one) => one.answer)?.answer ?? {})
  const tones = new Map(tried.columns.map((one) => [one.name, LOOKS[one.fit].tone]))
  return (
    <Wide label={t.tryout.rows} isLow>
      <Table verticalSpacing={4} horizontalSpacing="md" striped className={classes.rows}>
        <Table.Thead>
          <Table.Tr>
            {answers.map((name) => (
              <Table.Th key={name} className={classes.answer}>
                {name}
              </Table.Th>
            ))}
            {given.map((name) => (
              <Table.Th key={name} data-tone={tones.get(name)}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tried.rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of any table, which do not move
            <Table.Tr key={i}>
              {row.fault && answers.length > 0 && (
                <Table.Td colSpan={answers.length} className={classes.fault} title={row.fault}>
                  {row.fault}
                </Table.Td>
              )}
              {!row.fault &&
                answers.map((name) => (
                  <Table.Td key={name} className={classes.answer}>
                    {shown(row.answer?.[name], number)}
                  </Table.Td>
                ))}
              {given.map((name) => (
                <Table.Td key={name}>{shown(row.values[name], number)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  )
}

function shown(value: unknown, number: (value: number, digits?: number) => string): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return number(value, 4)
  return value === null || value === undefined ? '∅' : String(value)
}
