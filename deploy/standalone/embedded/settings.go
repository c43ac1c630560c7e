package embedded

import (
	"fmt"
	"net"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	// clusterName is stored in the data file and therefore never changes. The
	// cluster's id is made on the first start and read from the file after that.
	clusterName = "active"
	storeName   = "sqlite"
	// historyShards is stored in the data file and therefore never changes.
	// Shards spread work over database connections, and there is one.
	historyShards = 1
	// processorWorkers is how many tasks of a kind are worked on at a time. With
	// the library's hundreds, tasks run out of time in the queue for the one
	// connection and are done twice.
	processorWorkers = 32
	// visibilityWorkers is the same for what lists of workflows show. Each such
	// write costs as much as three others, for it keeps two full-text indexes;
	// when much happens at once, lists are a little behind, and acknowledgements
	// and escalations go first.
	visibilityWorkers = 4
	// eventsCache bounds, in bytes, what is kept of histories in memory.
	eventsCache = 32 << 20
	// disabled is Temporal's word for a store of old histories that is not there.
	disabled = "disabled"
)

// services are the four parts of a Temporal server with the addresses they
// listen on.
type services map[primitives.ServiceName]*net.TCPAddr

// placeServices keeps the frontend where it is wanted and finds loopback ports
// for the parts that only talk to each other.
func placeServices(frontend *net.TCPAddr) (services, error) {
	placed := services{primitives.FrontendService: frontend}
	for _, name := range []primitives.ServiceName{
		primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	} {
		address, err := reserve(net.JoinHostPort(loopback, "0"), string(name))
		if err != nil {
			return nil, fmt.Errorf("find a port for Temporal's %s service: %w", name, err)
		}
		placed[name] = address
	}
	return placed, nil
}

// serverOptions assembles the server: all services in this process, hosts fixed
// instead of gossiped, no metrics, profiling or HTTP listener.
func serverOptions(placed services, data *store, logs log.Logger) []temporal.ServerOption {
	hosts := make(map[primitives.ServiceName]static.Hosts, len(placed))
	for name, address := range placed {
		hosts[name] = static.SingleLocalHost(reachable(address))
	}
	return []temporal.ServerOption{
		temporal.WithConfig(serverConfig(placed, data)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logs),
		temporal.WithDynamicConfigClient(tuning()),
		// Who may reach the frontend is decided by the address it listens on.
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
	}
}

func serverConfig(placed services, data *store) *config.Config {
	frontend := reachable(placed[primitives.FrontendService])
	cfg := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			NumHistoryShards: historyShards,
			DataStores:       map[string]config.DataStore{storeName: {SQL: data.sql}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: frontend},
		Services:            make(map[string]config.Service, len(placed)),
	}
	cfg.Global.Membership.MaxJoinDuration = 30 * time.Second
	cfg.Global.Membership.BroadcastAddress = loopback
	cfg.Archival.History.State = disabled
	cfg.Archival.Visibility.State = disabled
	cfg.NamespaceDefaults.Archival.History.State = disabled
	cfg.NamespaceDefaults.Archival.Visibility.State = disabled
	for name, address := range placed {
		cfg.Services[string(name)] = config.Service{
			RPC: config.RPC{GRPCPort: address.Port, BindOnIP: address.IP.String()},
		}
	}
	return cfg
}

// tuning fits a server built for clusters to one small machine.
func tuning() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// One worker process drains a task queue; more partitions only add hops.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// The cache of running workflows is sized for a big host otherwise.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8096,
		// The limits below protect a shared database. This one is ours, and an
		// import or a reconciliation should run as fast as it can.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                    10000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                     45000,
		dynamicconfig.NamespaceCacheRefreshInterval.Key():                namespaceRefresh,
		dynamicconfig.TransferProcessorSchedulerWorkerCount.Key():        processorWorkers,
		dynamicconfig.TimerProcessorSchedulerWorkerCount.Key():           processorWorkers,
		dynamicconfig.VisibilityProcessorSchedulerWorkerCount.Key():      visibilityWorkers,
		dynamicconfig.EventsHostLevelCacheMaxSizeBytes.Key():             eventsCache,
	}
}
