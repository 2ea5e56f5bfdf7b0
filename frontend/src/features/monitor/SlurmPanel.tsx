import { Button, Progress } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { StateShape } from '@/shared/ui/State'
import classes from './SlurmPanel.module.css'
import {
  dispatchOf,
  FEW_NODES,
  flagsOf,
  lookOfNode,
  nodesShown,
  partitionsOf,
  sinceOf,
} from './slurm'

type Cluster = Schemas['Cluster']
type Node = Schemas['ClusterNode']
type Seen = Schemas['SeenJob']

/** The cluster that dispatches run on: its nodes, and what waits and runs. */
export function SlurmPanel({ told }: { told: Schemas['SlurmDocument'] }) {
  const { t } = useText()
  const { cluster, fault, asked_at: at } = told
  return (
    <Panel title="Slurm" side={cluster && <Summary cluster={cluster} />} flush>
      {fault && (
        <p className={classes.fault} role="alert">
          <StateShape state="down" size={16} />
          <span>
            {fault}
            {cluster && at && (
              <>
                {' '}
                {t.slurm.asOf} <Moment at={at} />
              </>
            )}
          </span>
        </p>
      )}
      {cluster && (
        <div className={fault ? classes.old : undefined}>
          <Nodes nodes={cluster.nodes ?? []} />
          <Jobs jobs={cluster.jobs ?? []} />
        </div>
      )}
    </Panel>
  )
}

function Summary({ cluster }: { cluster: Cluster }) {
  const { t } = useText()
  const { version, controllers = {}, running = 0, waiting = 0 } = cluster
  const down = Object.entries(controllers).filter(([, state]) => state !== 'UP')
  return (
    <span className={classes.summary}>
      {down.map(([host]) => (
        <span key={host} className={classes.bad}>
          {t.slurm.controllerDown(host)}
        </span>
      ))}
      <span>{t.monitor.queue(running, waiting)}</span>
      {version && <span>{version}</span>}
    </span>
  )
}

function Nodes({ nodes }: { nodes: readonly Node[] }) {
  const { t } = useText()
  const [isWhole, setWhole] = useState(false)
  const shown = nodesShown(nodes, isWhole)
  return (
    <>
      {nodes.length > FEW_NODES && <Partitions nodes={nodes} />}
      <section
        className={classes.bounded}
        data-whole={isWhole || undefined}
        aria-label={t.slurm.nodes}
        tabIndex={isWhole ? 0 : undefined}
      >
        <ul className={classes.nodes}>
          {shown.map((node) => (
            <NodeTile key={node.name} node={node} />
          ))}
        </ul>
      </section>
      {(isWhole || shown.length < nodes.length) && (
        <Button
          size="compact-sm"
          variant="subtle"
          className={classes.more}
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? t.slurm.fewer : t.slurm.allNodes(nodes.length)}
        </Button>
      )}
    </>
  )
}

/** Of many nodes: how many of each partition are well, and how busy they are. */
function Partitions({ nodes }: { nodes: readonly Node[] }) {
  const { t } = useText()
  return (
    <ul className={classes.nodes} aria-label={t.slurm.partitions}>
      {partitionsOf(nodes).map((one) => (
        <li key={one.name} className={classes.node}>
          <span className={classes.head}>
            <strong>{one.name}</strong>
            <span className={classes.dim}>{t.slurm.nodeCount(one.nodes)}</span>
          </span>
          <span className={classes.looks}>
            {one.looks.map(([look, count]) => (
              <span key={look}>
                <StateShape state={look} size={15} />
                {t.slurm.looks[look](count)}
              </span>
            ))}
          </span>
          <Busy busy={one.busy} processors={one.processors} />
          <span className={classes.dim}>{t.slurm.busy(one.busy, one.processors)}</span>
        </li>
      ))}
    </ul>
  )
}

function Busy({ busy, processors }: { busy: number; processors: number }) {
  const { t } = useText()
  return (
    <Progress
      size="sm"
      value={(100 * busy) / Math.max(1, processors)}
      aria-label={t.slurm.busy(busy, processors)}
    />
  )
}

function NodeTile({ node }: { node: Node }) {
  const { t, number } = useText()
  const { name, state, reason, partitions = [], processors, busy_processors: busy } = node
  const said = flagsOf(state).map((flag) => t.slurm.nodeStates[flag] ?? flag.toLowerCase())
  const gigabytes = node.memory ? `${number(node.memory / 2 ** 30)} GiB` : ''
  return (
    <li className={classes.node} title={state}>
      <span className={classes.head}>
        <StateShape state={lookOfNode(state)} size={16} />
        <strong>{name}</strong>
        <span className={classes.dim}>{said.join(', ')}</span>
      </span>
      {typeof processors === 'number' && <Busy busy={busy ?? 0} processors={processors} />}
      <span className={classes.dim}>
        {[
          typeof processors === 'number' && t.slurm.busy(busy ?? 0, processors),
          gigabytes,
          partitions.join(', '),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {reason && <span className={classes.bad}>{reason}</span>}
    </li>
  )
}

function Jobs({ jobs }: { jobs: readonly Seen[] }) {
  const { t } = useText()
  if (jobs.length === 0) return <p className={classes.none}>{t.slurm.noJobs}</p>
  return (
    <section
      className={classes.jobs}
      aria-label={t.slurm.jobs}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled must be reached by keys
      tabIndex={0}
    >
      <Records
        label={t.slurm.jobs}
        items={jobs}
        keyOf={({ id, name }) => `${id} ${name}`}
        title={{ name: t.slurm.job, cell: (job) => <Named job={job} /> }}
        columns={[
          { name: t.check.state, cell: (job) => <Standing job={job} /> },
          { name: t.slurm.where, cell: ({ node, partition }) => node ?? partition },
          { name: t.slurm.user, cell: ({ user }) => user },
          {
            name: t.slurm.since,
            cell: (job) => {
              const at = sinceOf(job)
              return at && <Moment at={at} />
            },
            isEnd: true,
          },
        ]}
      />
    </section>
  )
}

/** A job of ours leads to its dispatch. */
function Named({ job: { id, name } }: { job: Seen }) {
  const { t } = useText()
  const dispatch = dispatchOf(name)
  return (
    <span className={classes.named}>
      {dispatch ? (
        <Link to="/dispatches/$id" params={{ id: dispatch }}>
          {t.dispatches.one(Number(dispatch))}
        </Link>
      ) : (
        name
      )}
      <span className={classes.dim} title={name}>
        {id}
      </span>
    </span>
  )
}

function Standing({ job: { state, reason } }: { job: Seen }) {
  const { t } = useText()
  return (
    <span className={classes.named}>
      <span title={state}>{t.slurm.jobStates[state] ?? state}</span>
      {reason && <span className={classes.dim}>{reason}</span>}
    </span>
  )
}
