import { Table } from '@mantine/core'
import { useText } from '@/shared/i18n'
import { Wide } from '@/shared/ui/Wide'
import type { Answer, Case, Prediction } from './types'

const MOST = 200

interface Props {
  cases: Case[]
  answer: Answer
  compared: Answer | undefined
}

/** The answers to many cases: a line each. */
export function ManyAnswers({ cases, answer, compared }: Props) {
  const { t } = useText()
  const names = Object.keys(cases[0] ?? {}).slice(0, 3)
  return (
    <Wide label={t.showroom.answer} isLow>
      <Table stickyHeader verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {names.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
            <Table.Th>{t.showroom.answer}</Table.Th>
            {compared && <Table.Th>{t.showroom.version(compared.version)}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {answer.predictions.slice(0, MOST).map((one, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: answers stand in the order of the cases
            <Table.Tr key={i}>
              {names.map((name) => (
                <Table.Td key={name}>{String(cases[i]?.[name] ?? '')}</Table.Td>
              ))}
              <Table.Td>
                <Short prediction={one} />
              </Table.Td>
              {compared && (
                <Table.Td>
                  <Short prediction={compared.predictions[i] ?? {}} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  )
}

/** An answer in a few signs. */
export function Short({ prediction }: { prediction: Prediction }) {
  const { number, percent } = useText()
  const { label, value, values, probabilities } = prediction
  if (label === undefined) {
    return (
      <span className="tabular">
        {(values ?? [value ?? 0]).map((one) => number(one, 4)).join(', ')}
      </span>
    )
  }
  const sure = probabilities?.[String(label)]
  return (
    <span className="tabular">
      {String(label)}
      {sure !== undefined && ` · ${percent(sure, 0)}`}
    </span>
  )
}
