import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.Stores;

/**
 * The stream's work in Kafka Streams: an evidence store and a tally store (RocksDB, changelogs), exactly_once_v2.
 *
 * Tallies stay per partition (no repartition step, which the true work would need): in favour of Kafka Streams.
 * With `full` an event matches two criteria on average, as the complete method does in tests/benchmarks/ground.py.
 * Arguments: bootstrap, topic, events, threads, state folder, method (illustrative or full). Prints the events per
 * second from the first event until the last is committed, the processor seconds of this process, how many lines of
 * evidence there are, and each unit's criterion with the lines, weight and points of its tally, over all partitions.
 */
public final class Tallies {
    private static final AtomicLong TAKEN = new AtomicLong();
    private static final AtomicLong BEGUN = new AtomicLong();
    private static final CountDownLatch DONE = new CountDownLatch(1);

    public static void main(String[] args) throws Exception {
        long events = Long.parseLong(args[2]);
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1] + "-streams-" + System.nanoTime());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[3]);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
        settings.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, String.valueOf(64L << 20));
        settings.put("auto.offset.reset", "earliest");
        Topology topology = new Topology();
        topology.addSource("events", Serdes.String().deserializer(), Serdes.ByteArray().deserializer(), args[1]);
        topology.addProcessor("fold", () -> new Fold(events, args[5].equals("full")), "events");
        for (String store : new String[] {"evidence", "tally"}) {
            topology.addStateStore(
                Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(store), Serdes.String(), Serdes.String())
                    .withCachingEnabled(), "fold");
        }
        KafkaStreams streams = new KafkaStreams(topology, settings);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            streams.start();
            DONE.await();
            while (committed(admin, settings.getProperty(StreamsConfig.APPLICATION_ID_CONFIG)) < events) {
                Thread.sleep(20);
            }
        }
        double seconds = (System.nanoTime() - BEGUN.get()) / 1e9;
        double processor = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
        System.out.println(Math.round(events / seconds) + " " + processor + " " + count(streams));
        tallies(streams).forEach((key, sums) -> System.out.println(
            key + "|" + sums[0].toPlainString() + "|" + sums[1].toPlainString() + "|" + sums[2].toPlainString()));
        streams.close(Duration.ofSeconds(60));
    }

    /** How many events the committed transactions have taken. */
    private static long committed(Admin admin, String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
            .mapToLong(OffsetAndMetadata::offset).sum();
    }

    private static KeyValueIterator<String, String> all(KafkaStreams streams, String store) {
        return streams.store(
            StoreQueryParameters.fromNameAndType(store, QueryableStoreTypes.<String, String>keyValueStore())).all();
    }

    private static long count(KafkaStreams streams) {
        long lines = 0;
        try (KeyValueIterator<String, String> held = all(streams, "evidence")) {
            for (; held.hasNext(); held.next()) {
                lines++;
            }
        }
        return lines;
    }

    /** Lines, weight and points by unit and criterion; each partition has a tally of its own. */
    private static Map<String, BigDecimal[]> tallies(KafkaStreams streams) {
        Map<String, BigDecimal[]> found = new TreeMap<>();
        try (KeyValueIterator<String, String> held = all(streams, "tally")) {
            while (held.hasNext()) {
                KeyValue<String, String> tally = held.next();
                String[] key = tally.key.split("\\|");
                String[] sums = tally.value.split("\\|");
                BigDecimal[] whole = found.computeIfAbsent(key[0] + "|" + key[1],
                    unused -> new BigDecimal[] {BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO});
                for (int each = 0; each < sums.length; each++) {
                    whole[each] = whole[each].add(new BigDecimal(sums[each]));
                }
            }
        }
        return found;
    }

    private static final class Fold implements Processor<String, byte[], Void, Void> {
        private final long events;
        private final boolean full;
        private final ObjectMapper json = new ObjectMapper();
        private KeyValueStore<String, String> evidence;
        private KeyValueStore<String, String> tally;

        Fold(long events, boolean full) {
            this.events = events;
            this.full = full;
        }

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            evidence = context.getStateStore("evidence");
            tally = context.getStateStore("tally");
        }

        @Override
        public void process(Record<String, byte[]> record) {
            BEGUN.compareAndSet(0, System.nanoTime());
            try {
                JsonNode event = json.readTree(record.value());
                if (full) {
                    foldFull(event);
                } else {
                    fold(event);
                }
            } catch (java.io.IOException error) {
                throw new java.io.UncheckedIOException(error);
            }
            if (TAKEN.incrementAndGet() == events) {
                DONE.countDown();
            }
        }

        private void fold(JsonNode event) {
            JsonNode data = event.get("data");
            String id = event.get("id").asText();
            String task = "task:" + event.get("subject").asText();
            switch (event.get("type").asText().split("\\.")[3]) {
                case "task-assigned" -> data.get("assignments").forEach(part ->
                    put(event, part.get("unit").asText(), "key-tasks", task, share(data, part), BigDecimal.ZERO));
                case "assignment-completed" -> {
                    BigDecimal share = share(data, data);
                    put(event, data.get("unit").asText(), "key-tasks", task, share, share.multiply(late(data)));
                }
                case "assignment-progressed" ->
                    put(event, data.get("unit").asText(), "progress", "event:" + id, BigDecimal.ONE, BigDecimal.ONE);
                case "assignment-sent-back" -> put(event, data.get("unit").asText(), "discipline", "event:" + id,
                    BigDecimal.ONE, new BigDecimal("-0.5"));
                case "assignment-went-overdue" -> put(event, data.get("unit").asText(), "discipline", "event:" + id,
                    BigDecimal.ONE, new BigDecimal(data.get("role").asText().equals("lead") ? "-1" : "-0.5"));
                default -> { }
            }
        }

        /** The complete method's matches: 2.0 criteria per event of the benchmark. */
        private void foldFull(JsonNode event) {
            JsonNode data = event.get("data");
            String id = "event:" + event.get("id").asText();
            String task = "task:" + event.get("subject").asText();
            String unit = data.has("unit") ? data.get("unit").asText() : "";
            switch (event.get("type").asText().split("\\.")[3]) {
                case "task-assigned" -> data.get("assignments").forEach(part -> {
                    put(event, part.get("unit").asText(), "key-tasks", task, share(data, part), BigDecimal.ZERO);
                    put(event, part.get("unit").asText(), "other-tasks", task, share(data, part), BigDecimal.ZERO);
                });
                case "assignment-completed" -> {
                    BigDecimal share = share(data, data);
                    int days = data.get("days_late").asInt();
                    put(event, unit, "key-tasks", task, share, share.multiply(late(data)));
                    put(event, unit, "other-tasks", task, share,
                        days >= 1 ? share.multiply(new BigDecimal("0.8")) : share);
                    put(event, unit, "timeliness", task, BigDecimal.ONE,
                        new BigDecimal(days >= 31 ? "-2" : days >= 11 ? "-1" : days >= 1 ? "-0.5" : "0"));
                    put(event, unit, "finished", id, BigDecimal.ONE, BigDecimal.ONE);
                }
                case "assignment-progressed" -> {
                    put(event, unit, "progress", id, BigDecimal.ONE, BigDecimal.ONE);
                    put(event, unit, "response", id, BigDecimal.ONE, BigDecimal.ONE);
                }
                case "assignment-acknowledged" -> put(event, unit, "response", id, BigDecimal.ONE, BigDecimal.ONE);
                case "assignment-completion-requested" -> {
                    put(event, unit, "response", id, BigDecimal.ONE, BigDecimal.ONE);
                    put(event, unit, "finished", id, BigDecimal.ONE, BigDecimal.ONE);
                }
                case "assignment-sent-back" ->
                    put(event, unit, "discipline", id + ":0", BigDecimal.ONE, BigDecimal.ZERO);
                case "assignment-went-overdue" ->
                    put(event, unit, "overdue|" + event.get("time").asText().substring(0, 7), id, BigDecimal.ONE,
                        new BigDecimal(data.get("role").asText().equals("lead") ? "-0.5" : "-0.2"));
                default -> { }
            }
        }

        private static BigDecimal share(JsonNode task, JsonNode part) {
            BigDecimal weight = new BigDecimal(task.get("weight").asText());
            return part.get("role").asText().equals("lead") ? weight : weight.multiply(new BigDecimal("0.5"));
        }

        private static BigDecimal late(JsonNode data) {
            int days = data.get("days_late").asInt();
            return new BigDecimal(days >= 31 ? "0.5" : days >= 11 ? "0.7" : days >= 1 ? "0.9" : "1");
        }

        /** Keep the line if it is newer than what is held, with all members of a ledger line; move the tally. */
        private void put(
                JsonNode event, String unit, String criterion, String source, BigDecimal weight, BigDecimal points) {
            String key = unit + "|" + criterion;
            int version = event.get("aggregateversion").asInt();
            String held = evidence.get(key + "|" + source);
            String[] old = held == null ? null : held.split("\\|");
            if (old != null && Integer.parseInt(old[0]) >= version) {
                return;
            }
            String words = "任务“" + event.get("data").get("title").asText() + "”";
            evidence.put(key + "|" + source, String.join("|", String.valueOf(version), weight.toString(),
                points.toString(), event.get("id").asText(), event.get("type").asText(), event.get("time").asText(),
                words));
            String[] sum = (tally.get(key) == null ? "0|0|0" : tally.get(key)).split("\\|");
            BigDecimal oldWeight = old == null ? BigDecimal.ZERO : new BigDecimal(old[1]);
            BigDecimal oldPoints = old == null ? BigDecimal.ZERO : new BigDecimal(old[2]);
            tally.put(key, (Integer.parseInt(sum[0]) + (old == null ? 1 : 0)) + "|"
                + new BigDecimal(sum[1]).add(weight).subtract(oldWeight) + "|"
                + new BigDecimal(sum[2]).add(points).subtract(oldPoints));
        }
    }
}
