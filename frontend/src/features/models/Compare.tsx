import { Button, Select, Skeleton, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { asProblem } from '@/shared/api/problem'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconCube, IconTag } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { Wide } from '@/shared/ui/Wide'
import { useSearchChange } from '@/shared/useSearchChange'
import { CaseReport } from './CaseReport'
import classes from './Compare.module.css'
import { changesOf } from './difference'
import { modelQueries, type Version } from './queries'

const route = getRouteApi('/models/$name')

/** Two versions side by side: what they are, what they take, what they answer, how good they are. */
export function Compare({ versions }: { versions: readonly Version[] }) {
  const { t } = useText()
  const { a, b } = route.useSearch()
  const choose = useSearchChange<{ a?: number; b?: number }>()
  const find = (number: number | undefined) => versions.find((one) => one.number === number)
  const before = find(a) ?? versions.find((one) => one.live) ?? versions[0]
  const after = find(b) ?? versions.find((one) => one !== before)
  if (!before || !after) {
    return <Empty icon={<IconCube size={32} />} title={t.models.oneVersion} />
  }
  const data = versions.map((one) => ({
    value: String(one.number),
    label: one.live ? t.showroom.live(one.number) : t.showroom.version(one.number),
  }))
  return (
    <>
      <div className={classes.choice}>
        <Select
          aria-label={t.models.firstVersion}
          data={data}
          value={String(before.number)}
          allowDeselect={false}
          onChange={(value) => choose({ a: Number(value) })}
        />
        <span>{t.models.with}</span>
        <Select
          aria-label={t.models.secondVersion}
          data={data}
          value={String(after.number)}
          allowDeselect={false}
          onChange={(value) => choose({ b: Number(value) })}
        />
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link
              to="/showroom"
              search={{ model: before.model, version: before.number, compare: after.number }}
              {...props}
            />
          )}
        >
          {t.models.sameCase}
        </Button>
      </div>
      <Facts versions={[before, after]} />
      <Changes before={before} after={after} />
      <May as="operator">
        <Cases before={before} after={after} />
      </May>
    </>
  )
}

function Facts({ versions }: { versions: readonly [Version, Version] }) {
  const { t, number, digits, percent, exact } = useText()
  const name = versions[0].model
  const { data } = useQuery(modelQueries.performance(name, undefined))
  const figures = versions.map((one) => {
    const known = data?.versions.filter((found) => found.version === one.number) ?? []
    return known.find(({ kind }) => kind === 'live') ?? known.find(({ kind }) => kind === 'shadow')
  })
  const counted = (one: (typeof figures)[number]) =>
    one && `${number(one.outcomes)}${one.kind === 'shadow' ? ` (${t.showroom.kinds.shadow})` : ''}`
  const told = (value: number | null | undefined, write: (one: number) => string) =>
    typeof value === 'number' ? write(value) : ''
  const rows: [string, string[]][] = [
    [t.models.registered, versions.map((one) => exact(one.registered_at))],
    [t.models.estimator, versions.map((one) => one.estimator.class_name)],
    [t.models.runtime, versions.map((one) => one.estimator.runtime)],
    [t.models.size, versions.map((one) => `${number(one.artifact.size / 1000)} kB`)],
    [t.dispatches.digest, versions.map((one) => one.artifact.digest.slice(0, 16))],
    [t.models.outcomes, figures.map((one) => counted(one) ?? '')],
    [t.models.accuracy, figures.map((one) => told(one?.accuracy, percent))],
    [t.models.brier, figures.map((one) => told(one?.brier, digits))],
    [t.models.mae, figures.map((one) => told(one?.mae, digits))],
  ]
  return (
    <Panel title={t.models.whatTheyAre} flush>
      <Wide label={t.models.whatTheyAre}>
        <Table verticalSpacing={6} horizontalSpacing="md" className={classes.facts}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th />
              {versions.map((one) => (
                <Table.Th key={one.number}>{t.showroom.version(one.number)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows
              .filter(([, cells]) => cells.some((cell) => cell !== ''))
              .map(([label, cells]) => (
                <Table.Tr key={label}>
                  <Table.Th scope="row">{label}</Table.Th>
                  {cells.map((cell, i) => (
                    <Table.Td key={versions[i]?.number}>{cell || '–'}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Panel>
  )
}

function Changes({ before, after }: { before: Version; after: Version }) {
  const { t } = useText()
  const changes = changesOf(before, after)
  return (
    <Panel title={t.models.whatTheyTake} flush={changes.length > 0}>
      {changes.length === 0 ? (
        t.models.sameSignature
      ) : (
        <Records
          label={t.models.whatTheyTake}
          items={changes}
          keyOf={(one) => `${one.name} ${one.kind}`}
          title={{ name: t.models.input, cell: ({ name }) => name || t.models.answers }}
          columns={[
            { name: t.models.change, cell: ({ kind }) => t.models.changes[kind] },
            { name: t.showroom.version(before.number), cell: (one) => one.before },
            { name: t.showroom.version(after.number), cell: (one) => one.after },
          ]}
        />
      )}
    </Panel>
  )
}

function Cases({ before, after }: { before: Version; after: Version }) {
  const { t } = useText()
  const run = useQuery(modelQueries.run(before.model, [before.number, after.number]))
  const isNone = run.isError && asProblem(run.error).status === 404
  return (
    <Panel title={t.models.whatTheyAnswer}>
      {run.isPending && <Skeleton height={160} />}
      {isNone && (
        <Empty
          icon={<IconTag size={32} />}
          title={t.showroom.noCases}
          detail={t.showroom.noCasesDetail}
          command={`disparo cases import --model ${before.model} cases.csv`}
        />
      )}
      {run.isError && !isNone && (
        <ErrorPanel error={run.error} onRetry={() => void run.refetch()} />
      )}
      {run.data && <CaseReport run={run.data} />}
    </Panel>
  )
}
