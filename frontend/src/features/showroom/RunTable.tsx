import { Table } from '@mantine/core'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { ShapeCheck, ShapeOctagon } from '@/shared/ui/icons'
import { Wide } from '@/shared/ui/Wide'
import classes from './RunTable.module.css'

interface Props {
  run: Schemas['CaseRun']
}

/** What versions answer to the stored cases, side by side with what is expected. */
export function RunTable({ run }: Props) {
  const { t } = useText()
  return (
    <div className={classes.run}>
      <div className={classes.totals}>
        {run.versions.map((total) => (
          <span key={total.version}>
            {t.showroom.foreseen(total.version, total.agree, total.agree + total.disagree)}
          </span>
        ))}
      </div>
      <Wide label={t.showroom.case} isLow>
        <Table stickyHeader verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.showroom.case}</Table.Th>
              {run.versions.map((total) => (
                <Table.Th key={total.version}>{t.showroom.version(total.version)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {run.cases.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>{one.title || `#${one.id}`}</Table.Td>
                {one.answers.map((answer) => (
                  <Table.Td key={answer.version}>
                    <Told answer={answer} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </div>
  )
}

function Told({ answer }: { answer: Schemas['CaseAnswer'] }) {
  const { t } = useText()
  const output = answer.output as { label?: unknown; value?: unknown } | null | undefined
  const words = answer.error ?? String(output?.label ?? output?.value ?? '')
  const isRight = answer.agrees
  if (isRight === null || isRight === undefined) return words
  const Shape = isRight ? ShapeCheck : ShapeOctagon
  return (
    <span className={classes.told} data-tone={isRight ? 'good' : 'bad'}>
      <Shape size={15} aria-label={isRight ? t.showroom.right : t.showroom.wrong} /> {words}
    </span>
  )
}
