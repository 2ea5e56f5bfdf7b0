import { Table, UnstyledButton } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Columns, Lines, Plot } from '@/shared/plots'
import { Panel } from '@/shared/ui/Panel'
import { Wide } from '@/shared/ui/Wide'
import classes from './Drift.module.css'
import { binsOf, psiOf } from './looks'

const route = getRouteApi('/models/$name')
const LARGE = 0.25
/** What is less is not told by its digits. */
const LEAST = 0.0001
type Look = Schemas['ModelHealth']
type Input = Schemas['InputHealth']

/** Each input beside the sample: which moved, and how the one that is chosen did. */
export function DriftInputs({ looks, newest }: { looks: Look[]; newest: Look }) {
  const { t } = useText()
  const { input } = route.useSearch()
  const navigate = route.useNavigate()
  const ordered = newest.inputs.toSorted((a, b) => (b.psi ?? -1) - (a.psi ?? -1))
  const chosen = newest.inputs.find((one) => one.name === input) ?? ordered[0]
  if (!chosen) return null
  return (
    <Panel title={t.models.driftOfInputs}>
      <div className={classes.inputs}>
        <Wide label={t.models.driftOfInputs}>
          <Table verticalSpacing={4} className="tabular">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.models.input}</Table.Th>
                <Table.Th>{t.models.psi}</Table.Th>
                <Table.Th>{t.models.missing}</Table.Th>
                <Table.Th>{t.models.unseen}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ordered.map((one) => (
                <Row
                  key={one.name}
                  input={one}
                  isChosen={one === chosen}
                  onChoose={() =>
                    void navigate({
                      search: (now) => ({ ...now, input: one.name }),
                      replace: true,
                      resetScroll: false,
                    })
                  }
                />
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
        <Chosen input={chosen} looks={looks} />
      </div>
    </Panel>
  )
}

interface RowProps {
  input: Input
  isChosen: boolean
  onChoose: () => void
}

function Row({ input, isChosen, onChoose }: RowProps) {
  const { t, number, percent } = useText()
  const signs = input.signs ?? []
  return (
    <Table.Tr className={isChosen ? classes.chosen : undefined}>
      <Table.Td>
        <UnstyledButton aria-pressed={isChosen} className={classes.name} onClick={onChoose}>
          {input.name}
        </UnstyledButton>
        {signs.map((sign) => (
          <span key={sign} className={classes.sign}>
            {t.models.signs[sign]}
          </span>
        ))}
      </Table.Td>
      <Table.Td>{typeof input.psi === 'number' ? number(input.psi, 3) : '–'}</Table.Td>
      <Table.Td>{percent(input.missing)}</Table.Td>
      <Table.Td>{typeof input.unseen === 'number' ? percent(input.unseen) : '–'}</Table.Td>
    </Table.Tr>
  )
}

function Chosen({ input, looks }: { input: Input; looks: Look[] }) {
  const { t, number, percent, short } = useText()
  const bins = binsOf(input)
  const points = looks.map((look) => ({
    at: short(look.computed_at),
    psi: psiOf(look, input.name),
  }))
  if (bins.length === 0) return <p className={classes.dim}>{t.models.notCompared(input.name)}</p>
  return (
    <div className={classes.chosenPlots}>
      <Plot
        title={t.models.inputAgainstSample(input.name)}
        detail={testOf(input, t.models.tests, (value) => number(value, 4))}
        table={{
          head: [t.models.value, t.models.ofSample, t.models.ofRecent],
          rows: bins.map((bin) => [bin.name, percent(bin.sample), percent(bin.recent)]),
        }}
      >
        <Columns
          points={bins}
          across="name"
          series={[
            { name: 'sample', label: t.models.ofSample },
            { name: 'recent', label: t.models.ofRecent },
          ]}
          format={(part) => percent(part, 0)}
        />
      </Plot>
      <Plot
        title={t.models.psiOverTime(input.name)}
        detail={t.models.psiHint}
        table={{
          head: [t.models.at, t.models.psi],
          rows: points.map((one) => [one.at, one.psi === null ? '–' : number(one.psi, 4)]),
        }}
      >
        <Lines
          points={points}
          across="at"
          series={[{ name: 'psi', label: t.models.psi }]}
          format={(value) => number(value, 2)}
          threshold={{ at: LARGE, label: t.models.large }}
        />
      </Plot>
    </div>
  )
}

function testOf(
  { test }: Input,
  names: Record<string, string>,
  write: (value: number) => string,
): string | undefined {
  if (!test) return undefined
  const chance = test.p_value < LEAST ? `p < ${write(LEAST)}` : `p = ${write(test.p_value)}`
  return `${names[test.method] ?? test.method}: ${write(test.statistic)}, ${chance}`
}
