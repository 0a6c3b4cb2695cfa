package judge;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** The commands of the judge. Clients live under the name that they were started with until they are stopped. */
final class Commands {
    private final Map<String, Object> clients = new ConcurrentHashMap<>();

    JsonElement run(String command, JsonObject with) throws Exception {
        String name = Json.text(with, "client", null);
        switch (command) {
            case "producer":
                return keep(name, Producers.start(with));
            case "push":
                return keep(name, new PushConsumer(with));
            case "lite":
                return keep(name, PullConsumers.lite(with));
            case "pull":
                return keep(name, PullConsumers.pull(with));
            case "admin":
                return keep(name, admin(with));
            case "send":
                return Producers.send((DefaultMQProducer) find(name), with);
            case "request":
                return Producers.request((DefaultMQProducer) find(name), with);
            case "await":
                return ((PushConsumer) find(name)).await(with.get("count").getAsInt(), with.get("timeoutMs").getAsLong());
            case "queues":
                return ((PushConsumer) find(name)).queues();
            case "call":
                return Calls.call(reach(find(name)), with.get("method").getAsString(), with.getAsJsonArray("arguments"));
            case "static":
                return Calls.callStatic(with.get("type").getAsString(), with.get("method").getAsString(),
                    with.getAsJsonArray("arguments"));
            case "stop":
                stop(clients.remove(name));
                return null;
            case "leave":
                leave(clients.remove(name));
                return null;
            default:
                throw new IllegalArgumentException("unknown command " + command);
        }
    }

    private static DefaultMQAdminExt admin(JsonObject with) throws Exception {
        DefaultMQAdminExt admin = new DefaultMQAdminExt(Json.number(with, "timeoutMs", 15000));
        admin.setNamesrvAddr(Json.text(with, "namesrv", null));
        admin.setInstanceName(Json.text(with, "instance", "judge-admin"));
        admin.setVipChannelEnabled(Json.flag(with, "vip"));
        admin.start();
        return admin;
    }

    private static void stop(Object client) throws Exception {
        Calls.call(reach(client), "shutdown", new JsonArray());
    }

    /** Stops a client in the background, for its shutdown may take seconds that nobody has to wait for. */
    private static void leave(Object client) {
        Thread thread = new Thread(() -> {
            try {
                stop(client);
            } catch (Exception failure) {
                failure.printStackTrace();
            }
        }, "leave");
        thread.setDaemon(true);
        thread.start();
    }

    private JsonElement keep(String name, Object client) {
        if (clients.putIfAbsent(name, client) != null) {
            throw new IllegalStateException("client " + name + " is running already");
        }
        return null;
    }

    private Object find(String name) {
        Object client = clients.get(name);
        if (client == null) {
            throw new IllegalStateException("no client " + name);
        }
        return client;
    }

    private static Object reach(Object client) {
        return client instanceof PushConsumer ? ((PushConsumer) client).client : client;
    }
}
