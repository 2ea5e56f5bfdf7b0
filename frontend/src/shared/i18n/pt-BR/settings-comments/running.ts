/** Comments of settings.yaml on what runs, and what answers. */
export const running: Record<string, string> = {
  'most rows collected, predicted and delivered at once':
    'máximo de linhas coletadas, previstas e entregues de uma vez',
  'fewest rows of a batch, and those of the first ones':
    'mínimo de linhas de um lote, e quantas têm os primeiros',
  'seconds that a batch is to take in the slowest stage; by it a batch grows or shrinks':
    'segundos que um lote deve levar na etapa mais lenta; por isso ele cresce ou encolhe',
  'batches that wait between two stages': 'lotes que esperam entre duas etapas',
  "threads of a model's numeric libraries": 'threads das bibliotecas numéricas de um modelo',
  'how far a dispatch gives way to the Showroom and others: 0 not at all, 19 most':
    'quanto um disparo cede a vez ao Showroom e aos outros: 0 nada, 19 o máximo',
  'seconds between two records of progress, which are its heartbeats too':
    'segundos entre dois registros de andamento, que são também seus sinais de vida',
  'seconds that a cancelled dispatch has to end by itself':
    'segundos que um disparo cancelado tem para terminar sozinho',
  "longest wait of a dispatch for Disparo's database while that is away":
    'maior espera de um disparo pelo banco de dados do Disparo enquanto este está fora',
  'most queries that are tried at once before their schedules are saved':
    'máximo de consultas testadas ao mesmo tempo antes de salvar seus agendamentos',
  'most rows of such a try': 'máximo de linhas de um teste desses',
  'seconds after which a try is ended': 'segundos após os quais um teste é encerrado',
  'most memory of a try, in bytes': 'máximo de memória de um teste, em bytes',
  'false: this service serves and runs nothing by itself':
    'false: este serviço atende e não executa nada por si',
  'where dispatches run whose schedule does not say: local, or slurm':
    'onde rodam os disparos cujo agendamento não diz: local ou slurm',
  'dispatches that run at once in this service; 0: others run them':
    'disparos que rodam ao mesmo tempo neste serviço; 0: outros os executam',
  'dispatches that run at once in all services together':
    'disparos que rodam ao mesmo tempo em todos os serviços juntos',
  'dispatches that may wait, backfills aside':
    'disparos que podem esperar, sem contar os retroativos',
  'most tasks into which a schedule may split its dispatches':
    'máximo de tarefas em que um agendamento pode dividir seus disparos',
  'most slots of one backfill': 'máximo de horários de uma execução retroativa',
  'seconds between two looks at the queue': 'segundos entre duas olhadas na fila',
  'seconds after which a slot counts as missed, so that catch_up decides':
    'segundos após os quais um horário conta como perdido, e catch_up decide',
  'seconds after which another service may replace a scheduler that is silent':
    'segundos após os quais outro serviço pode substituir um agendador que se calou',
  'seconds of silence after which a running dispatch is lost':
    'segundos de silêncio após os quais um disparo em execução é dado como perdido',
  'what a stopping service does with what runs: hand back, or drain':
    'o que um serviço que para faz com o que está rodando: hand back (devolve) ou drain (espera terminar)',
  'longest wait for what runs when draining': 'maior espera pelo que está rodando, com drain',
  'most output of a dispatch that is kept, in bytes':
    'máximo de saída de um disparo que é guardada, em bytes',
  'most who follow logs at once in this service':
    'máximo dos que acompanham logs ao mesmo tempo neste serviço',
  'true: this service submits dispatches as jobs, see docs/slurm.md':
    'true: este serviço submete disparos como jobs, veja docs/slurm.md',
  "slurmrestd: unix:/path/of/socket, or http(s)://host:port; empty: Slurm's commands":
    'slurmrestd: unix:/caminho/do/socket ou http(s)://host:porta; vazio: os comandos do Slurm',
  "version of slurmrestd's API": 'versão da API do slurmrestd',
  'who submits, where slurmrestd asks for a token; empty: who runs this service':
    'quem submete, onde o slurmrestd pede um token; vazio: quem roda este serviço',
  "that user's token, where it is not renewed by this service":
    'o token desse usuário, onde este serviço não o renova',
  "file with the cluster's jwt_key, to make tokens; null: `scontrol token` makes them":
    'arquivo com a jwt_key do cluster, para criar tokens; null: `scontrol token` os cria',
  'seconds for which a token is good; it is renewed after half of them':
    'segundos em que um token vale; é renovado depois da metade deles',
  'directory of sbatch, squeue, scancel, scontrol and sinfo; empty: PATH':
    'diretório de sbatch, squeue, scancel, scontrol e sinfo; vazio: PATH',
  'slurm.conf for them; empty: where they look by themselves':
    'slurm.conf para eles; vazio: onde eles mesmos procuram',
  'longest wait for an answer of Slurm': 'maior espera por uma resposta do Slurm',
  'most bytes of an answer': 'máximo de bytes de uma resposta',
  'seconds between two looks at the jobs': 'segundos entre duas olhadas nos jobs',
  'most jobs of all services together, waiting and running':
    'máximo de jobs de todos os serviços juntos, esperando e rodando',
  'how often a dispatch is submitted whose jobs are lost before they begin':
    'quantas vezes se submete um disparo cujos jobs se perdem antes de começar',
  'seconds for which Slurm may not know a job before it is taken for lost':
    'segundos em que o Slurm pode não conhecer um job antes de ele ser dado como perdido',
  'disparo on the nodes; empty: the one of this service':
    'o disparo nos nós; vazio: o deste serviço',
  "directory of the jobs' output files, on the file system of the nodes":
    'diretório dos arquivos de saída dos jobs, no sistema de arquivos dos nós',
  'days that files in it are kept': 'dias em que os arquivos ali são guardados',
  'lines of shell that each job runs first': 'linhas de shell que cada job roda primeiro',
  'variables of each job; no secrets, for users of the cluster may see them':
    'variáveis de cada job; sem segredos, pois os usuários do cluster podem vê-las',
  'directories in which a schedule may name a virtual environment':
    'diretórios em que um agendamento pode indicar um ambiente virtual',
  'the partition of jobs; this and what follows: unless their schedule says':
    'a partição dos jobs; isto e o que segue: salvo se o agendamento disser outra coisa',
  'their account': 'sua conta (account)',
  'their quality of service': 'sua qualidade de serviço (QOS)',
  'after which Slurm ends them, e.g. PT2H': 'após o qual o Slurm os encerra, p. ex. PT2H',
  'their memory, in bytes': 'sua memória, em bytes',
  'their processors': 'seus processadores',
  'features that their node must have': 'características que seu nó deve ter',
  'what `module load` loads': 'o que `module load` carrega',
  'whose disparo they run': 'de qual ambiente virtual é o disparo que eles rodam',
  'most jobs of the cluster that are shown': 'máximo de jobs do cluster que são mostrados',
  'seconds for which the cluster is shown without asking again':
    'segundos em que o cluster é mostrado sem perguntar de novo',
  'false: this service loads no models and answers no requests for predictions':
    'false: este serviço não carrega modelos nem responde a pedidos de previsão',
  'when an answer leaves: committed (its record is), queued (its record waits), off (no record)':
    'quando uma resposta sai: committed (o registro está gravado), queued (o registro espera), off (sem registro)',
  'true: while the database is away, records go to a file first and answers leave':
    'true: enquanto o banco de dados está fora, os registros vão antes a um arquivo e as respostas saem',
  'most bytes of that file; beyond it answers are refused':
    'máximo de bytes desse arquivo; além dele as respostas são recusadas',
  'most cases of a request': 'máximo de casos de uma requisição',
  'most cases of a request that asks for explanations':
    'máximo de casos de uma requisição que pede explicações',
  'most requests that wait for their explanations':
    'máximo de requisições que esperam por suas explicações',
  'most requests on record that are replayed at once':
    'máximo de requisições registradas que são repetidas ao mesmo tempo',
  'most runs of stored cases at once': 'máximo de execuções de casos guardados ao mesmo tempo',
  'largest body of a request for predictions, in bytes':
    'maior corpo de um pedido de previsões, em bytes',
  'largest file of cases that is imported, in bytes':
    'maior arquivo de casos que se importa, em bytes',
  'most cases of several requests that are predicted at once':
    'máximo de casos de várias requisições que são previstos de uma vez',
  'most cases that wait for one version': 'máximo de casos que esperam por uma versão',
  'most requests that wait for their records to be written':
    'máximo de requisições que esperam a gravação de seus registros',
  'most bytes of records that wait': 'máximo de bytes de registros em espera',
  'seconds after which a request is not computed any more':
    'segundos após os quais uma requisição não é mais calculada',
  'longest wait for a record to be committed': 'maior espera pela gravação de um registro',
  'seconds after which a live version that is still being loaded is told as down':
    'segundos após os quais uma versão em produção que ainda está sendo carregada é tida como fora do ar',
  'most faults of a request that are told': 'máximo de falhas de uma requisição que são relatadas',
  'bytes of loaded versions, beyond which those that are not used are let go':
    'bytes de versões carregadas, além dos quais as que não são usadas são liberadas',
  'days that records are kept': 'dias em que os registros são guardados',
  'most requests whose records are kept': 'máximo de requisições cujos registros são guardados',
}
