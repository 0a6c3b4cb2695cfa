package judge;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Reads one JSON command a line from stdin and answers each with one line on stdout that starts with "@@".
 * Commands run side by side, so that one that waits for messages does not hold up the others. The end of stdin ends
 * the process. Everything that the clients print themselves goes to stderr.
 */
public final class Main {
    private static final String MARK = "@@";

    private Main() {
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Commands commands = new Commands();
        ExecutorService workers = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "judge");
            thread.setDaemon(true);
            return thread;
        });
        answer(answers, Json.object("ready", Json.of(true)));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject command = Json.parse(line);
            workers.execute(() -> answer(answers, run(commands, command)));
        }
        Runtime.getRuntime().halt(0);
    }

    private static JsonObject run(Commands commands, JsonObject command) {
        JsonObject answer = new JsonObject();
        answer.add("seq", command.get("seq"));
        try {
            JsonElement result = commands.run(command.get("do").getAsString(), command.getAsJsonObject("with"));
            answer.add("result", result == null ? JsonNull.INSTANCE : result);
        } catch (Throwable failure) {
            answer.add("error", Failures.describe(failure));
        }
        return answer;
    }

    private static void answer(PrintStream answers, JsonObject answer) {
        synchronized (answers) {
            answers.println(MARK + answer);
            answers.flush();
        }
    }
}
