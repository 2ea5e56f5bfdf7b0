import { Anchor, Button, Progress, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconRefresh } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { StateBadge } from '@/shared/ui/State'
import { Wide } from '@/shared/ui/Wide'
import { type Dispatch, dispatchQueries, isOver, type Task, useRerunTasks } from './queries'
import { secondsOf } from './stages'
import classes from './Tasks.module.css'

/** The tasks of a dispatch that was split, each by its newest attempt. */
export function Tasks({ dispatch }: { dispatch: Dispatch }) {
  const { t } = useText()
  const tasks = useQuery(dispatchQueries.tasks(dispatch.id, dispatch.state))
  if (tasks.isError) return <ErrorPanel error={tasks.error} onRetry={() => void tasks.refetch()} />
  const hasFailed = isOver(dispatch.state) && dispatch.state !== 'succeeded'
  return (
    <Panel title={t.tasks.title} side={hasFailed && <Again id={dispatch.id} />} flush>
      <Wide label={t.tasks.title}>
        <Table verticalSpacing={6} horizontalSpacing="md" className={classes.tasks}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.tasks.task}</Table.Th>
              <Table.Th>{t.dispatches.state}</Table.Th>
              <Table.Th>{t.tasks.progress}</Table.Th>
              <Table.Th className={classes.number}>{t.dispatches.rows}</Table.Th>
              <Table.Th className={classes.number}>{t.dispatches.took}</Table.Th>
              <Table.Th className={classes.number}>{t.dispatches.attempt}</Table.Th>
              <Table.Th>{t.dispatches.where}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(tasks.data?.items ?? []).map((task) => (
              <Row key={task.partition ?? 'publication'} task={task} />
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Panel>
  )
}

function Again({ id }: { id: number }) {
  const { t } = useText()
  const rerun = useRerunTasks(id)
  return (
    <May as="operator">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconRefresh size={14} />}
        loading={rerun.isPending}
        onClick={() => rerun.mutate()}
      >
        {t.tasks.rerun}
      </Button>
    </May>
  )
}

function Row({ task }: { task: Task }) {
  const { t, number, took } = useText()
  const seconds = secondsOf(task)
  const name = task.partition ?? t.tasks.publication
  return (
    <>
      <Table.Tr>
        <Table.Td>
          <Anchor
            renderRoot={(props) => (
              <Link to="/dispatches/$id" params={{ id: String(task.id) }} {...props} />
            )}
          >
            {name}
          </Anchor>
        </Table.Td>
        <Table.Td>
          <StateBadge state={task.state} />
        </Table.Td>
        <Table.Td className={classes.bar}>
          <Progress
            aria-label={t.tasks.progressOf(String(name))}
            value={100 * partOf(task)}
            color={task.state === 'failed' ? 'red' : isOver(task.state) ? 'green.7' : undefined}
            animated={task.state === 'running'}
          />
        </Table.Td>
        <Table.Td className={classes.number}>{number(task.progress?.rows_delivered ?? 0)}</Table.Td>
        <Table.Td className={classes.number}>{seconds === null ? '–' : took(seconds)}</Table.Td>
        <Table.Td className={classes.number}>{task.attempt}</Table.Td>
        <Table.Td>{[task.launcher, task.host].filter(Boolean).join(' · ') || '–'}</Table.Td>
      </Table.Tr>
      {task.error && (
        <Table.Tr className={classes.failed}>
          <Table.Td colSpan={7}>
            <p>{task.error.detail}</p>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  )
}

/** How much of a task is done: all of what succeeded, and of the publication all or nothing. */
function partOf({ state, progress }: Task): number {
  if (state === 'succeeded') return 1
  const expected = progress?.rows_expected ?? 0
  return expected > 0 ? Math.min(1, (progress?.rows_delivered ?? 0) / expected) : 0
}
